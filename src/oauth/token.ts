import type { Session } from '../decision/session.ts';
import type { Clock } from '../lib/clock.ts';
import { type AccessToken, type Issue, mintJwt, mintOpaqueToken } from './access-token.ts';
import type { Endpoint } from './endpoint.ts';
import { invalidRequest, OAuthError } from './errors.ts';
import { grantClientCredentials } from './grant.ts';
import type { Known, SigningKeys } from './keys/signing-keys.ts';

export type TokenParts = {
  readonly keys: SigningKeys;
  /** Keeps the row of a token. A rejection is "can't tell", and the token is not given. */
  readonly keep: (session: Session) => Promise<void>;
  /** Whether a session's identity headers pass every proxy's buffers. */
  readonly fits: (session: Session) => boolean;
  /** Ours, and not the store's: whoever checks a token's time, and whoever drops its row, goes by it too. */
  readonly clock: Clock;
};

/** RFC 6749 section 4.4.2. Nothing is given before its row is kept. */
export function createTokenEndpoint(parts: TokenParts): Endpoint {
  return async ({ application, credentialId, tenant, registry, now, parameters }) => {
    const grantType = parameters.get('grant_type');
    if (grantType === undefined) throw invalidRequest('There is no grant_type.');
    if (grantType !== 'client_credentials') {
      throw new OAuthError('unsupported_grant_type', 'The grant is client_credentials.');
    }
    const grant = grantClientCredentials(registry, application, parameters, tenant);
    const issue = { tenant, application, credentialId, grant, now: parts.clock() };
    const { token, session } = await mint(parts.keys, issue, { registry, now });
    if (!parts.fits(session)) {
      throw new OAuthError('invalid_scope', 'So many scopes make headers that proxies refuse. Ask for less.');
    }
    await parts.keep(session);
    return {
      access_token: token.reveal(),
      token_type: 'Bearer',
      expires_in: grant.ttlSeconds,
      scope: session.scope.join(' '),
    };
  };
}

async function mint(keys: SigningKeys, issue: Issue, known: Known): Promise<AccessToken> {
  const { resource, signingAlg } = issue.grant;
  if (resource.tokenFormat === 'opaque') return mintOpaqueToken(issue);
  return mintJwt(issue, await keys.signer(issue.tenant.name, signingAlg, known));
}
