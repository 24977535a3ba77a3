import { type Context, type Handler, Hono, type MiddlewareHandler } from 'hono';
import { CannotTell } from '../decision/session.ts';
import { sha256 } from '../lib/digest.ts';
import { type Endpoint, type EndpointParts, type Env, limitBody, serveEndpoint } from './endpoint.ts';
import { createErrorHandler, type ErrorCode, OAuthError } from './errors.ts';
import type { Known, SigningKeys } from './keys/signing-keys.ts';
import { algsInUse, keySet, metadata } from './metadata.ts';
import type { Tenant } from './tenant.ts';

export type Issuer = EndpointParts & {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly endpoints: { readonly token: Endpoint; readonly introspect: Endpoint; readonly revoke: Endpoint };
  readonly keys: SigningKeys;
  /** Told of every request to an endpoint, whatever came of it. */
  readonly observe: (event: IssuerEvent) => void;
  readonly report: (error: unknown) => void;
};

/** One request of a client, as it is logged and counted. Nothing in it is the client's own text. */
export type IssuerEvent = {
  readonly endpoint: string;
  /** Absent where the request names none that there is. */
  readonly tenant?: string;
  /** Absent where nobody has proven to be one. */
  readonly clientId?: string;
  readonly status: number;
  readonly reason?: ErrorCode;
};

const BASE = '/oauth/v4/:tenant';

/** The public listener: the endpoints of every tenant's issuer, its keys and its metadata. */
export function createIssuerApp(issuer: Issuer): Hono<Env> {
  const app = new Hono<Env>();
  const tenantOf = (context: Context): Tenant => {
    const tenant = issuer.tenants.get(context.req.param('tenant') ?? '');
    if (tenant === undefined) throw new OAuthError('invalid_request', 'There is no such tenant.', 404);
    return tenant;
  };
  for (const [name, endpoint] of Object.entries(issuer.endpoints)) {
    const path = `${BASE}/${name}`;
    app.post(path, watch(issuer, name), limitBody, serveEndpoint(issuer, tenantOf, endpoint));
    app.all(path, refuseMethod('POST'));
  }
  const published = {
    [`${BASE}/publickeys`]: serveKeys(issuer, tenantOf),
    [`${BASE}/.well-known/jwks.json`]: serveKeys(issuer, tenantOf),
    ...Object.fromEntries(DISCOVERY.map((path) => [path, serveMetadata(issuer, tenantOf)])),
  };
  for (const [path, serve] of Object.entries(published)) {
    app.get(path, serve);
    app.all(path, refuseMethod('GET, HEAD'));
  }
  app.all(`${BASE}/authorization`, () => {
    throw new OAuthError('unsupported_response_type', 'Nobody logs in here: tokens are for machines.');
  });
  app.notFound(() => {
    throw new OAuthError('invalid_request', 'There is nothing at this path.', 404);
  });
  app.onError(createErrorHandler(issuer.report));
  return app;
}

function watch({ tenants, observe }: Issuer, endpoint: string): MiddlewareHandler<Env> {
  return async (context, next) => {
    await next();
    const { error, res, var: known } = context;
    const tenant = tenants.get(context.req.param('tenant') ?? '')?.name;
    observe({
      endpoint,
      ...(tenant !== undefined && { tenant }),
      ...(known.clientId !== undefined && { clientId: known.clientId }),
      status: res.status,
      ...(error instanceof OAuthError && { reason: error.code }),
    });
  };
}

/** OpenID Connect Discovery section 4 puts the well-known part behind the issuer's path, RFC 8414 section 3 before it. */
const DISCOVERY = ['openid-configuration', 'oauth-authorization-server'].flatMap((name) => [
  `${BASE}/.well-known/${name}`,
  `/.well-known/${name}${BASE}`,
]);

type TenantOf = (context: Context) => Tenant;

/** With a key of every algorithm that will sign, so that none begins to sign unknown. */
function serveKeys({ keys, snapshots }: Issuer, tenantOf: TenantOf): Handler {
  return async (context) => {
    const tenant = tenantOf(context);
    let known: Known = await snapshots.current(tenant.name);
    try {
      for (const alg of algsInUse(tenant, known.registry)) known = await keys.ready(tenant.name, alg, known);
    } catch (error) {
      // A store that takes no new keys still has those that all live tokens were signed with.
      if (known.registry.keys.length === 0 || !(error instanceof CannotTell)) throw error;
    }
    return publish(context, keySet(known));
  };
}

function serveMetadata({ snapshots }: Issuer, tenantOf: TenantOf): Handler {
  return async (context) => {
    const tenant = tenantOf(context);
    const { registry } = await snapshots.current(tenant.name);
    return publish(context, metadata(tenant, registry));
  };
}

/** Verifiers may keep it for 300 s: half of the time for which a key is published before it signs. */
function publish(context: Context, document: object): Response {
  const etag = `"${sha256(JSON.stringify(document))}"`;
  const headers = { 'Cache-Control': 'public, max-age=300', ETag: etag };
  return isHeld(etag, context.req.header('If-None-Match'))
    ? context.body(null, 304, headers)
    : context.json(document, 200, headers);
}

/** RFC 9110 section 13.1.2: a list, compared weakly: what compresses an answer on its way weakens its tag. */
function isHeld(etag: string, ifNoneMatch = ''): boolean {
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

function refuseMethod(allow: string): Handler {
  return () => {
    throw new OAuthError('invalid_request', `This path takes ${allow}.`, 405, { Allow: allow });
  };
}
