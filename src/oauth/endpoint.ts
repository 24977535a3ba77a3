import type { Context, Handler, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { InTurn } from '../lib/turns.ts';
import type { Registry } from '../registry/registry.ts';
import type { Snapshots } from '../registry/snapshots.ts';
import type { AuthenticateClient, AuthenticatedClient } from './client-authentication.ts';
import { invalidRequest, NO_STORE, OAuthError } from './errors.ts';
import { type Parameters, parseParameters } from './parameters.ts';
import type { Tenant } from './tenant.ts';

/** A request of an authenticated client. */
export type Call = AuthenticatedClient & {
  readonly tenant: Tenant;
  readonly registry: Registry;
  /** The store's time. */
  readonly now: number;
  readonly parameters: Parameters;
};

/** Who called, once it is proven. */
export type Env = { Variables: { clientId?: string } };

/** What an endpoint answers: 200 and JSON, or 200 and nothing. Throws an `OAuthError`. */
export type Endpoint = (call: Call) => Promise<Readonly<Record<string, unknown>> | undefined>;

export type EndpointParts = {
  readonly snapshots: Snapshots;
  readonly authenticate: AuthenticateClient;
  readonly addressOf: (context: Context) => string | undefined;
  readonly inTurn: InTurn;
};

/** 16 KiB: a larger body is not read to its end. */
export const limitBody: MiddlewareHandler = bodyLimit({
  maxSize: 16 * 1024,
  onError: () => {
    throw new OAuthError('invalid_request', 'The body is larger than 16 KiB.', 413);
  },
});

/** Reads, authenticates, asks the endpoint, renders: the same for token, introspection and revocation. */
export function serveEndpoint(
  { snapshots, authenticate, addressOf, inTurn }: EndpointParts,
  tenantOf: (context: Context) => Tenant,
  endpoint: Endpoint,
): Handler<Env> {
  return async (context) => {
    const tenant = tenantOf(context);
    const parameters = await readParameters(context);
    const answer = await inTurn(async () => {
      const { registry, now } = await snapshots.current(tenant.name);
      const authorization = context.req.header('Authorization');
      const address = addressOf(context);
      const client = await authenticate({ tenant, registry, now, authorization, parameters, address });
      context.set('clientId', client.application.clientId);
      return endpoint({ ...client, tenant, registry, now, parameters });
    });
    return answer === undefined
      ? context.body(null, 200, { ...NO_STORE })
      : context.json(answer, 200, { ...NO_STORE });
  };
}

async function readParameters({ req }: Context): Promise<Parameters> {
  if (req.header('Content-Encoding') !== undefined) throw invalidRequest('A compressed body is not read.');
  return parseParameters(req.header('Content-Type'), await readText(req));
}

/** A client that goes away in the midst of its body is no fault of ours. */
async function readText(req: Context['req']): Promise<string> {
  try {
    return await req.text();
  } catch (error) {
    if (error instanceof OAuthError) throw error;
    throw invalidRequest('The body could not be read to its end.');
  }
}
