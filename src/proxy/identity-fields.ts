import type { Claim, Session } from '../decision/session.ts';
import { encodeList, encodeValue, type IdentityHeader, SESSION_VALID } from './identity-headers.ts';

type Says = Omit<IdentityHeader, 'name'>;

/** The claims of Authgear, by its own names; each also counts under its last word. */
const AUTHGEAR_CLAIM = 'https://authgear.com/claims/user/';

/** What a header can say. */
const FIELDS = {
  subject: says((session) => encodeValue(session.subject)),
  subjectType: { of: (session) => session.subjectType, ofNobody: () => 'anonymous' },
  tenant: says((session) => encodeValue(session.tenant)),
  clientId: says((session) => encodeValue(session.clientId ?? '')),
  sessionId: says((session) => session.id),
  sessionValid: SESSION_VALID,
  scope: says((session) => encodeList(session.scope, ' ')),
  roles: says((session) => encodeList(session.roles, ',')),
  audience: says((session) => encodeList(session.audience, ',')),
  amr: says((session) => encodeList(session.amr, ',')),
  authenticatedAt: says((session) => String(session.authenticatedAt)),
  expiresAt: says((session) => String(session.expiresAt)),
  email: says(textOf('email')),
  name: says(textOf('name')),
  // Of a user: empty for an application, which must never be taken for one.
  user: ofUser((session) => encodeValue(session.subject)),
  userRoles: ofUser((session) => encodeList(session.roles, ',')),
  userEmail: ofUser(textOf('email')),
  userName: ofUser(textOf('name')),
  userPreferredUsername: ofUser(textOf('preferred_username')),
  userIsAnonymous: ofUser(flagOf(`${AUTHGEAR_CLAIM}is_anonymous`, 'is_anonymous')),
  userIsVerified: ofUser(flagOf(`${AUTHGEAR_CLAIM}is_verified`, 'is_verified', 'email_verified')),
  userCanReauthenticate: ofUser(flagOf(`${AUTHGEAR_CLAIM}can_reauthenticate`, 'can_reauthenticate')),
} satisfies Record<string, Says>;

/** A part of the session, or a claim of it. */
export type Field = keyof typeof FIELDS | { readonly claim: string };

/** A header, and what it says. */
export type IdentityRow = readonly [name: string, field: Field];

export function headersOf(rows: readonly IdentityRow[]): readonly IdentityHeader[] {
  return rows.map(([name, field]) => ({ ...saysOf(field), name }));
}

function saysOf(field: Field): Says {
  return typeof field === 'string' ? FIELDS[field] : says(claimOf(field.claim));
}

function says(of: (session: Session) => string): Says {
  return { of };
}

function ofUser(of: (session: Session) => string): Says {
  return { of: (session) => (session.subjectType === 'user' ? of(session) : '') };
}

/** Of any shape that a claim can have. A list is separated by commas. */
function claimOf(name: string): (session: Session) => string {
  return (session) => {
    const claim = find(session, name);
    if (Array.isArray(claim)) return encodeList(claim.map(plain), ',');
    return encodeValue(plain(claim));
  };
}

function plain(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

/** A claim that says who somebody is is a text: nothing else is made into one. */
function textOf(name: string): (session: Session) => string {
  return (session) => {
    const claim = find(session, name);
    return typeof claim === 'string' ? encodeValue(claim) : '';
  };
}

/** The first of these claims that is there decides, and only `true` is true. */
function flagOf(...names: readonly string[]): (session: Session) => string {
  return (session) =>
    String(names.map((name) => find(session, name)).find((claim) => claim !== undefined) === true);
}

/** By the settings' name, which may be one that every object has. */
function find({ claims }: Session, name: string): Claim | undefined {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}
