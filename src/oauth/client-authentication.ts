import { sha256 } from '../lib/digest.ts';
import { siteOf } from '../lib/network.ts';
import { findApplication } from '../registry/lookup.ts';
import type { SecretUses } from '../registry/ports.ts';
import type { Application, Registry } from '../registry/registry.ts';
import type { CheckAssertion } from './assertion.ts';
import { type ClientCredentials, readClientCredentials } from './client-credentials.ts';
import { OAuthError, throttled } from './errors.ts';
import type { DerivedSecrets } from './keys/sealing.ts';
import type { Parameters } from './parameters.ts';
import type { Strike } from './ports.ts';
import { findSecret } from './secret-check.ts';
import type { Tenant } from './tenant.ts';

/** Who presents what, and from where. */
export type ClientRequest = {
  readonly tenant: Tenant;
  readonly registry: Registry;
  /** The store's time. */
  readonly now: number;
  readonly authorization: string | undefined;
  readonly parameters: Parameters;
  /** Undefined behind a Unix socket, where all clients share one. */
  readonly address: string | undefined;
};

/** `credentialId`: the id of the secret, or the thumbprint of the key, that it was proven with. */
export type AuthenticatedClient = { readonly application: Application; readonly credentialId: string };

/** Rejects with an `OAuthError`, or `CannotTell`. */
export type AuthenticateClient = (request: ClientRequest) => Promise<AuthenticatedClient>;

export type ClientAuthentication = {
  readonly secrets: DerivedSecrets;
  readonly checkAssertion: CheckAssertion;
  readonly strike: Strike;
  readonly secretUses: SecretUses;
};

/**
 * Failures are counted and slowed down by address and by client id; whoever proves who it is passes all the same, so
 * that nobody can lock an application out by failing in its name.
 */
export function createAuthenticateClient(parts: ClientAuthentication): AuthenticateClient {
  const noteUse = createNoteUse(parts.secretUses);
  return async (request) => {
    const { tenant, registry, now, authorization, parameters, address } = request;
    const credentials = readClientCredentials(authorization, parameters);
    const proven = credentials && (await prove(parts, request, credentials));
    const application = findApplication(registry, proven?.clientId);
    if (proven === undefined || !application?.enabled) {
      const wait = await strikeAll(parts.strike, tenant.name, address, credentials?.clientId);
      throw wait > 0 ? throttled(wait) : invalidClient(request);
    }
    const { clientId, credentialId } = proven;
    if (credentials?.method === 'client_secret') noteUse(tenant.name, clientId, credentialId, now);
    return { application, credentialId };
  };
}

type Proven = { readonly clientId: string; readonly credentialId: string };

async function prove(
  { secrets, checkAssertion }: ClientAuthentication,
  { tenant, registry, now }: ClientRequest,
  credentials: ClientCredentials,
): Promise<Proven | undefined> {
  if (credentials.method === 'private_key_jwt') {
    return checkAssertion({ tenant, registry, now, ...credentials });
  }
  const { clientId, secret } = credentials;
  const found = findSecret(findApplication(registry, clientId), secrets.digest(secret.reveal()), now);
  return found && { clientId, credentialId: found.id };
}

/** Digests, so that no text of a client is ever a key. Who is refused by address alone costs nothing more. */
async function strikeAll(
  strike: Strike,
  tenant: string,
  address: string | undefined,
  clientId: string | undefined,
): Promise<number> {
  const wait = address === undefined ? 0 : await strike(sha256(`address\0${siteOf(address)}`));
  if (wait > 0 || clientId === undefined) return wait;
  return strike(sha256(`client\0${tenant}\0${clientId}`));
}

/** One text for all: which of application, secret or assertion was wrong is nobody's business. */
function invalidClient({ tenant, authorization }: ClientRequest): OAuthError {
  const challenge = `Basic realm="${tenant.name}", error="invalid_client", error_description="Client authentication failed."`;
  return new OAuthError(
    'invalid_client',
    'Client authentication failed.',
    401,
    authorization === undefined ? {} : { 'WWW-Authenticate': challenge },
  );
}

const NOTE_SECONDS = 60;
const MAX_NOTED = 1_000;

/** At most once a minute and secret, after the answer; that it can't be noted is no reason to refuse a token. */
function createNoteUse(uses: SecretUses) {
  const noted = new Map<string, number>();
  return (tenant: string, clientId: string, secretId: string, now: number): void => {
    const key = `${tenant} ${clientId} ${secretId}`;
    if (now - (noted.get(key) ?? 0) < NOTE_SECONDS) return;
    if (noted.size >= MAX_NOTED) noted.clear();
    noted.set(key, now);
    uses.note(tenant, clientId, secretId, Math.floor(now)).catch(() => noted.delete(key));
  };
}
