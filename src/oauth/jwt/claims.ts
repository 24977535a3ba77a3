import type { TokenFault } from '../../decision/session.ts';
import type { TokenRules, VerifiedToken } from './issuer.ts';
import type { Claims } from './parse.ts';

/** For clocks that differ, where a token comes from the future. What has expired gets none. */
export const LEEWAY_SECONDS = 60;

export type CheckedClaims = Omit<VerifiedToken, 'kid'>;

/** RFC 7519 section 4.1, with `iss`, `sub`, `aud` and `exp` required as in RFC 9068 section 2.2. */
export function checkClaims(claims: Claims, rules: TokenRules, now: number): CheckedClaims | TokenFault {
  const { iss, sub, exp, iat, nbf, jti } = claims;
  const { issuer, maxTokenSeconds } = rules;
  if (iss !== issuer) return 'jwt_issuer';
  const audience = readAudience(claims.aud);
  if (!isText(sub) || audience === undefined || !isTime(exp)) return 'jwt_claims';
  if (rules.audience !== undefined && !audience.includes(rules.audience)) return 'jwt_claims';
  if (!isPastTime(nbf, now) || !isPastTime(iat, now) || !isOptionalText(jti)) return 'jwt_claims';
  // By its own `iat` too: else a token that lives for a month would be refused at first, and taken on its last day.
  const begin = iat === undefined ? now : Math.min(iat, now);
  if (exp > begin + maxTokenSeconds + LEEWAY_SECONDS) return 'jwt_claims';
  if (now >= exp) return 'jwt_expired';
  return {
    claims,
    issuer,
    subject: sub,
    audience,
    expiresAt: exp,
    ...(iat !== undefined && { issuedAt: iat }),
    ...(jti !== undefined && { jti }),
  };
}

/** A half of a surrogate pair would be written out as another character, and so be somebody else. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || isText(value);
}

/** Of JSON, so `1e400` is infinite. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Absent, or a time that is not further in the future than clocks differ. */
export function isPastTime(value: unknown, now: number): value is number | undefined {
  return value === undefined || (isTime(value) && value <= now + LEEWAY_SECONDS);
}

/** RFC 7519 section 4.1.3: one string, or several. */
function readAudience(aud: unknown): readonly string[] | undefined {
  const members: unknown[] = Array.isArray(aud) ? aud : [aud];
  return members.length > 0 && members.every(isText) ? members : undefined;
}
