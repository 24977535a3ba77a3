import { z } from 'zod';
import { Refusal } from '../registry/refusal.ts';
import type { Registry } from '../registry/registry.ts';
import { accessTokenTtl } from './application-requests.ts';
import { pageOf, paging } from './paging.ts';
import { type RegistryApi, registryOf, tenantOf } from './registry-api.ts';
import { type Route, route } from './route.ts';

const tokens = z.strictObject({ access: z.strictObject({ expires_in: accessTokenTtl }) });

const auditView = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      at: z.int(),
      actor: z.string(),
      action: z.string(),
      target: z.string(),
      before: z.unknown().optional(),
      after: z.unknown().optional(),
    }),
  ),
  cursor: z.string().optional(),
});

const denial = z
  .strictObject({
    issuer: z.string().max(512),
    jti: z.string().min(1).max(512).exactOptional(),
    subject: z.string().min(1).max(512).exactOptional(),
    notBefore: z.int().nonnegative().exactOptional().describe('Goes with `subject`; absent: now'),
  })
  .refine(
    ({ jti, subject }) => (jti === undefined) !== (subject === undefined),
    'must have a jti or a subject',
  )
  .refine(({ jti, notBefore }) => jti === undefined || notBefore === undefined, {
    path: ['notBefore'],
    error: 'goes with subject',
  });

/** What concerns a tenant as a whole. */
export function tenantRoutes(api: RegistryApi): readonly Route[] {
  return [...tokenRoutes(api), auditRoute(api), denialRoute(api)];
}

function tokenRoutes(api: RegistryApi): readonly Route[] {
  const view = (tenant: string, { accessTokenTtl = tenantOf(api, tenant).accessTokenTtl }: Registry) => ({
    status: 200 as const,
    body: { access: { expires_in: accessTokenTtl } },
  });
  return [
    route({
      method: 'GET',
      path: '/config/tokens',
      operation: 'getTokenConfig',
      summary: 'How long access tokens live, in seconds',
      answers: [{ status: 200, description: 'As it is', schema: tokens }],
      handle: async ({ tenant }) => view(tenant, await registryOf(api, tenant)),
    }),
    route({
      method: 'PUT',
      path: '/config/tokens',
      operation: 'setTokenConfig',
      summary: 'Sets how long access tokens live from now on, where neither resource nor application says',
      body: tokens,
      answers: [{ status: 200, description: 'As it is now', schema: tokens }],
      handle: async ({ tenant, body, actor }) => {
        const make = (registry: Registry) => ({ ...registry, accessTokenTtl: body.access.expires_in });
        const target = { kind: 'tokens', id: 'tokens' } as const;
        return view(tenant, await api.apply({ tenant, actor, action: 'tokens.change', target, make }));
      },
    }),
  ];
}

function auditRoute(api: RegistryApi): Route {
  return route({
    method: 'GET',
    path: '/audit',
    operation: 'listAudit',
    summary: 'Who changed what of applications, resources, roles and keys: the newest 1,000, newest first',
    query: z.strictObject(paging),
    answers: [{ status: 200, description: 'A page, and a cursor while more follow', schema: auditView }],
    handle: async ({ tenant, query }) => {
      const { entries, next } = await api.audit(tenant, pageOf(query));
      return { status: 200, body: { entries, ...(next !== undefined && { cursor: String(next) }) } };
    },
  });
}

function denialRoute(api: RegistryApi): Route {
  return route({
    method: 'POST',
    path: '/denials',
    operation: 'denyForeign',
    summary: 'Denies a token of a foreign issuer, or all that a subject was given before a time',
    body: denial,
    answers: [{ status: 204, description: 'Denied from the next decision on' }],
    handle: async ({ tenant, body: { issuer, jti, subject, notBefore } }) => {
      const seconds = api.lifeOfForeign(tenant, issuer);
      if (seconds === undefined)
        throw new Refusal('invalid', 'The settings name no such issuer for this tenant.');
      if (jti !== undefined) await api.denials.denyToken(tenant, issuer, jti, seconds);
      if (subject !== undefined) {
        const { now } = await api.snapshots.current(tenant);
        // What is kept of it ends when a token that lives now must have ended: it says nothing of later ones.
        if ((notBefore ?? now) > now + 1) throw new Refusal('invalid', '"notBefore" lies in the future.');
        await api.denials.denySubject(tenant, issuer, subject, notBefore ?? Math.ceil(now), seconds);
      }
      return { status: 204 };
    },
  });
}
