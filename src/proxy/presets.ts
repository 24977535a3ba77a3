import type { Session } from '../decision/session.ts';
import { encodeClaim, encodeList, encodeValue, type IdentityHeader } from './identity-headers.ts';

/** The preset that is there unless the settings say otherwise. */
export const POSTERN: readonly IdentityHeader[] = [
  header('X-Auth-Subject', (session) => encodeValue(session.subject)),
  {
    name: 'X-Auth-Subject-Type',
    of: (session) => session.subjectType,
    ofNobody: () => 'anonymous',
  },
  header('X-Auth-Tenant', (session) => encodeValue(session.tenant)),
  header('X-Auth-Client-Id', (session) => encodeValue(session.clientId ?? '')),
  header('X-Auth-Session-Id', (session) => session.id),
  header('X-Auth-Scope', (session) => encodeList(session.scope, ' ')),
  header('X-Auth-Roles', (session) => encodeList(session.roles, ',')),
  header('X-Auth-Audience', (session) => encodeList(session.audience, ',')),
  header('X-Auth-Email', (session) => encodeClaim(session.claims.email)),
  header('X-Auth-Name', (session) => encodeClaim(session.claims.name)),
  header('X-Auth-Amr', (session) => encodeList(session.amr, ',')),
  header('X-Auth-Authenticated-At', (session) => String(session.authenticatedAt)),
  header('X-Auth-Expires-At', (session) => String(session.expiresAt)),
];

function header(name: string, of: (session: Session) => string): IdentityHeader {
  return { name, of };
}

export const IDENTITY_HEADER_NAMES: readonly string[] = POSTERN.map(({ name }) => name);
