import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Session } from '../decision/session.ts';
import { mintToken, parseSessionId, type SessionId, shardOf } from '../decision/token.ts';
import { Secret } from '../lib/secret.ts';
import type { Application } from '../registry/registry.ts';
import type { Grant } from './grant.ts';
import type { Signer } from './keys/signing-keys.ts';
import type { Tenant } from './tenant.ts';

/** A token, and the row that makes it revocable. */
export type AccessToken = { readonly token: Secret; readonly session: Session };

export type Issue = {
  readonly tenant: Tenant;
  readonly application: Application;
  readonly credentialId: string;
  readonly grant: Grant;
  /** In seconds since the epoch. */
  readonly now: number;
};

/** An opaque token: all that is known of it is its row. */
export function mintOpaqueToken(issue: Issue): AccessToken {
  const { token, id } = mintToken(issue.application.clientId);
  return { token, session: rowOf(issue, id) };
}

/** RFC 9068; or, in the profile `appid`, what IBM App ID's SDKs demand. Its row is found by `jti`. */
export async function mintJwt(issue: Issue, { alg, kid, privateKey }: Signer): Promise<AccessToken> {
  const { tenant, application, grant } = issue;
  const session = rowOf(issue, mintJti(application.clientId));
  const { resource } = grant;
  const isAppId = tenant.tokenProfile === 'appid';
  const token = await new SignJWT({
    // First, so that what follows stands above it: the names that we write are nobody else's.
    ...application.claims,
    iss: tenant.issuer,
    sub: session.subject,
    aud: isAppId ? [resource.indicator] : resource.indicator,
    client_id: application.clientId,
    jti: session.id,
    iat: session.createdAt,
    exp: session.expiresAt,
    scope: session.scope.join(' '),
    tenant: tenant.name,
    ...(isAppId && { amr: session.amr }),
  })
    .setProtectedHeader({ alg, typ: resource.typ, kid, ...(isAppId && { ver: 4 }) })
    .sign(privateKey);
  return { token: new Secret(token), session };
}

/**
 * The names that are never an application's own claims: RFC 7519 section 4.1, RFC 9068 section 2.2, RFC 7662, ours; and
 * those of OpenID Connect Core section 5.1, which mean a person.
 */
export const PROTECTED_CLAIMS: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'auth_time', 'acr', 'amr', 'azp', 'cnf', 'client_id'],
  ...['scope', 'scp', 'groups', 'roles', 'entitlements', 'tenant', 'act', 'may_act', 'sid', 'nonce', 'typ'],
  ...['active', 'token_type', 'username', 'name', 'given_name', 'family_name', 'middle_name', 'nickname'],
  ...[
    'preferred_username',
    'profile',
    'picture',
    'website',
    'email',
    'email_verified',
    'gender',
    'birthdate',
  ],
  ...['zoneinfo', 'locale', 'phone_number', 'phone_number_verified', 'address', 'updated_at'],
]);

function rowOf({ tenant, application, credentialId, grant, now }: Issue, id: SessionId): Session {
  const createdAt = Math.floor(now);
  return {
    id,
    tenant: tenant.name,
    subject: application.clientId,
    subjectType: 'client',
    clientId: application.clientId,
    credentialId,
    scope: grant.scope,
    roles: grant.roles,
    audience: [grant.resource.indicator],
    amr: tenant.tokenProfile === 'appid' ? ['appid_client_credentials'] : [],
    claims: application.claims,
    authenticatedAt: createdAt,
    createdAt,
    expiresAt: createdAt + grant.ttlSeconds,
    idleSeconds: 0,
    lastSeenAt: createdAt,
  };
}

/** An id as every session has one, of 256 random bits instead of a digest: it names the row, and proves nothing. */
function mintJti(clientId: string): SessionId {
  const id = parseSessionId(`${shardOf(clientId)}.${randomBytes(32).toString('base64url')}`);
  if (id === undefined) throw new Error('an id was minted that is none');
  return id;
}
