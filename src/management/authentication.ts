import { equalInConstantTime } from '../lib/digest.ts';
import type { Secret } from '../lib/secret.ts';
import type { Actor } from './route.ts';

/**
 * Who sent an `Authorization`, if it is somebody who may manage the tenant; the tenant is undefined where the request
 * names none that there is.
 */
export type Authenticate = (
  authorization: string | undefined,
  tenant: string | undefined,
) => Promise<Actor | undefined>;

/**
 * The client id of an application whose access token is for the management resource of this very tenant. `undefined`
 * is "nobody's", a rejection is "can't tell".
 */
export type FindCaller = (tenant: string, token: string) => Promise<string | undefined>;

const NOBODY: FindCaller = async () => undefined;

/** The admin token is good for every tenant, and asks no store: it still works where the store is away. */
export function createAuthentication(adminToken: Secret, findCaller = NOBODY): Authenticate {
  return async (authorization, tenant) => {
    const presented = /^bearer ([^ ]+)$/i.exec(authorization ?? '')?.[1];
    if (presented === undefined) return undefined;
    if (equalInConstantTime(presented, adminToken.reveal())) return 'admin';
    return tenant === undefined ? undefined : findCaller(tenant, presented);
  };
}
