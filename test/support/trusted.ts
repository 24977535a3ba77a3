import { Secret } from '../../src/lib/secret.ts';
import type { TrustedIssuer, VerificationKey, VerifiedToken } from '../../src/oauth/jwt/issuer.ts';
import type { Signatures } from '../../src/oauth/jwt/signature.ts';
import { createFindByJwt } from '../../src/oauth/jwt/verify.ts';
import { sessionOf } from './sessions.ts';

export const NOW = 1_700_000_000;
export const ISSUER = 'https://issuer.example/oidc';
export const AUDIENCE = 'https://api.example.com/orders';
export const CLAIMS = { iss: ISSUER, sub: 'ada', aud: AUDIENCE, exp: NOW + 600, jti: 'j-1' };

/** One issuer with these keys, whose every verified token is a session of its subject. */
export function trust(
  keys: readonly VerificationKey[],
  changes: Partial<TrustedIssuer> = {},
  signatures?: Signatures,
) {
  let now = NOW;
  const admitted: VerifiedToken[] = [];
  const asked: (string | undefined)[] = [];
  const issuer: TrustedIssuer = {
    tenant: 'default',
    issuer: ISSUER,
    types: ['at+jwt'],
    audience: AUDIENCE,
    maxTokenSeconds: 3600,
    findKey: async (kid) => {
      asked.push(kid);
      if (kid === undefined) return keys.length === 1 ? keys[0] : undefined;
      return keys.find((key) => key.kid === kid);
    },
    admit: async (verified) => {
      admitted.push(verified);
      return sessionOf({ subject: verified.subject });
    },
    ...changes,
  };
  const findByJwt = createFindByJwt(new Map([[ISSUER, issuer]]), () => now, signatures);
  return {
    /** The tokens that were verified, and the `kid` of each key that was asked for. */
    admitted,
    asked,
    /** The fault of a token, or the subject of its session. */
    find: async (
      token: string,
      { tenant = 'default', idToken }: { tenant?: string; idToken?: string } = {},
    ) => {
      const found = await findByJwt(tenant, {
        token: new Secret(token),
        ...(idToken !== undefined && { idToken: new Secret(idToken) }),
      });
      return typeof found === 'object' ? { subject: found.subject } : found;
    },
    advance: (seconds: number) => {
      now += seconds;
    },
  };
}
