import type { FindByJwt, TokenFault } from '../../decision/session.ts';
import type { Clock } from '../../lib/clock.ts';
import { checkClaims } from './claims.ts';
import type { TokenRules, TrustedIssuer, VerifiedToken } from './issuer.ts';
import { createSignatures, type PresentedToken, type Signatures } from './signature.ts';

/**
 * Finds what JSON Web Tokens stand for. The keys of `issuers` are their `iss`: what a token says of itself before it is
 * verified selects one of them, and nothing else. Whoever shares `signatures` verifies no token that another has.
 */
export function createFindByJwt(
  issuers: ReadonlyMap<string, TrustedIssuer>,
  clock: Clock,
  signatures = createSignatures(),
): FindByJwt {
  return async (tenant, jwt) => {
    const presented = signatures.read(jwt.token.reveal());
    if (presented === undefined) return 'jwt_syntax';
    const { iss } = presented.parsed.claims;
    const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined;
    if (issuer === undefined || issuer.tenant !== tenant) return 'jwt_issuer';
    if (jwt.idToken !== undefined && issuer.takesPairs !== true) return 'jwt_syntax';
    const verified = await check(presented, issuer, signatures, clock);
    return typeof verified === 'string' ? verified : issuer.admit(verified, jwt);
  };
}

/** Verifies tokens that come along with another, by rules that are known beforehand. */
export type Verify = (text: string, rules: TokenRules) => Promise<VerifiedToken | TokenFault>;

export function createVerify(clock: Clock, signatures = createSignatures()): Verify {
  return async (text, rules) => {
    const presented = signatures.read(text);
    return presented === undefined ? 'jwt_syntax' : check(presented, rules, signatures, clock);
  };
}

/** Every check but the signature's is made on every use, and what is cheap comes first. */
async function check(
  presented: PresentedToken,
  rules: TokenRules,
  signatures: Signatures,
  clock: Clock,
): Promise<VerifiedToken | TokenFault> {
  const { alg, kid, typ, claims } = presented.parsed;
  if (!rules.types.includes(typ)) return 'jwt_claims';
  const checked = checkClaims(claims, rules, clock());
  if (typeof checked === 'string') return checked;
  const key = await rules.findKey(kid);
  if (key === undefined || key.alg !== alg) return 'jwt_key';
  return (await signatures.isSignedBy(presented, key)) ? { ...checked, kid: key.kid } : 'jwt_signature';
}
