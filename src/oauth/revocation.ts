import type { SessionId } from '../decision/token.ts';
import type { Endpoint } from './endpoint.ts';
import { invalidRequest } from './errors.ts';
import type { FindPresented } from './presented.ts';

/** Ends a session. A rejection means that it is not known whether it was. */
export type Revoke = (tenant: string, id: SessionId) => Promise<void>;

/** RFC 7009: 200 for whatever it is given, and only after the store has it. A client revokes its own tokens alone. */
export function createRevocationEndpoint(find: FindPresented, revoke: Revoke): Endpoint {
  return async ({ tenant, application, parameters }) => {
    const token = parameters.get('token');
    if (token === undefined) throw invalidRequest('There is no token.');
    const session = await find(tenant.name, token);
    if (session?.clientId === application.clientId) await revoke(tenant.name, session.id);
    return undefined;
  };
}
