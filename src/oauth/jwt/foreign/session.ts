import type { Claim, Session, SubjectType, TokenFault } from '../../../decision/session.ts';
import { foreignSessionId } from '../../../decision/token.ts';
import { sha256 } from '../../../lib/digest.ts';
import { isPastTime, isText } from '../claims.ts';
import type { VerifiedToken } from '../issuer.ts';
import type { Claims } from '../parse.ts';

/** The names of the claims that the parts of a session are read from. */
export type ClaimNames = {
  readonly subject: string;
  readonly scope: string;
  readonly roles: string;
  readonly email: string;
  readonly name: string;
};

export type Mapping = {
  readonly tenant: string;
  readonly subjectType: SubjectType;
  readonly claims: ClaimNames;
};

const MAX_MEMBERS = 200;
const MAX_MEMBER_LENGTH = 512;

/** The session that a verified token stands for; what is mapped and has another shape than it must is a fault. */
export function sessionOf(
  token: VerifiedToken,
  text: string,
  { tenant, subjectType, claims: names }: Mapping,
  now: number,
): Session | TokenFault {
  const { claims, audience, expiresAt, issuedAt = now } = token;
  const subject = claimOf(claims, names.subject);
  const scope = listOf(claimOf(claims, names.scope), (value) => value.split(' '));
  const roles = listOf(claimOf(claims, names.roles), (value) => [value]);
  const { auth_time: authenticatedAt = issuedAt } = claims;
  if (!isText(subject) || scope === undefined || roles === undefined) return 'jwt_claims';
  // A login in the future would satisfy any policy that asks how old it is.
  if (!isPastTime(authenticatedAt, now) || authenticatedAt === undefined) return 'jwt_claims';
  const clientId = clientOf(claims);
  return {
    id: foreignSessionId(sha256(`${token.issuer}\0${token.jti ?? text}`)),
    tenant,
    subject,
    subjectType,
    ...(clientId !== undefined && { clientId }),
    scope,
    roles,
    audience,
    ...factsOf(claims, names),
    authenticatedAt: Math.floor(authenticatedAt),
    createdAt: Math.floor(issuedAt),
    expiresAt: Math.floor(expiresAt),
    idleSeconds: 0,
    lastSeenAt: Math.floor(now),
  };
}

/** What an access token and the ID token beside it both may say of a user. */
export function factsOf(claims: Claims, names: ClaimNames): Pick<Session, 'claims' | 'amr'> {
  const found: Record<string, Claim> = {};
  for (const name of ['email', 'name'] as const) {
    const value = claimOf(claims, names[name]);
    if (isText(value)) found[name] = value;
  }
  const amr: unknown[] = Array.isArray(claims.amr) ? claims.amr : [];
  return { claims: found, amr: amr.every(isText) ? amr : [] };
}

/** RFC 9068 section 2.2 `client_id`, OpenID Connect Core section 2 `azp`: to whom a token was issued. */
export function clientOf({ client_id: clientId, azp }: Claims): string | undefined {
  return [clientId, azp].find(isText);
}

/** By the settings' name, which may be one that every object has. */
function claimOf(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function listOf(value: unknown, split: (value: string) => string[]): readonly string[] | undefined {
  if (value === undefined) return [];
  const members: unknown = typeof value === 'string' ? split(value).filter((member) => member !== '') : value;
  return Array.isArray(members) && members.length <= MAX_MEMBERS && members.every(isMember)
    ? members
    : undefined;
}

function isMember(value: unknown): value is string {
  return isText(value) && value.length <= MAX_MEMBER_LENGTH;
}
