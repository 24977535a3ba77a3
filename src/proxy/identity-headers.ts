import type { Claim, Session } from '../decision/session.ts';

/** Headers as Node takes them: name, value, name, value, … Never changed once made, though Node wants it mutable. */
export type RawHeaders = string[];

/** What fits every proxy's default buffers (nginx: 4 KiB for the whole answer), in bytes. */
const MAX_BYTES = 3 * 1024;

/**
 * The preset `postern`. Every allow carries every one of these, empty where there is no value: several
 * proxies let the client's own header through where ours is missing.
 */
const PRESET: ReadonlyArray<readonly [name: string, read: (session: Session) => string]> = [
  ['X-Auth-Subject', (session) => encodeValue(session.subject)],
  ['X-Auth-Subject-Type', (session) => session.subjectType],
  ['X-Auth-Tenant', (session) => encodeValue(session.tenant)],
  ['X-Auth-Client-Id', (session) => encodeValue(session.clientId ?? '')],
  ['X-Auth-Session-Id', (session) => session.id],
  ['X-Auth-Scope', (session) => encodeList(session.scope, ' ')],
  ['X-Auth-Roles', (session) => encodeList(session.roles, ',')],
  ['X-Auth-Audience', (session) => encodeList(session.audience, ',')],
  ['X-Auth-Email', (session) => encodeClaim(session.claims.email)],
  ['X-Auth-Name', (session) => encodeClaim(session.claims.name)],
  ['X-Auth-Amr', (session) => encodeList(session.amr, ',')],
  ['X-Auth-Authenticated-At', (session) => String(session.authenticatedAt)],
  ['X-Auth-Expires-At', (session) => String(session.expiresAt)],
];

export const IDENTITY_HEADER_NAMES: readonly string[] = PRESET.map(([name]) => name);

export function identityHeaders(session: Session): RawHeaders {
  return PRESET.flatMap(([name, read]) => [name, read(session)]);
}

export const ANONYMOUS_HEADERS: RawHeaders = IDENTITY_HEADER_NAMES.flatMap((name) => [
  name,
  name === 'X-Auth-Subject-Type' ? 'anonymous' : '',
]);

/** Whether they pass every proxy's buffers: they are ASCII, and each line adds a colon, a space and a line end. */
export function fitsProxies(identity: RawHeaders): boolean {
  return identity.reduce((bytes, text) => bytes + text.length + 2, 0) <= MAX_BYTES;
}

/**
 * Printable ASCII; all else, `%` itself and a space at either end are percent-encoded as UTF-8, so that
 * percent-decoding gives the value back. A lone surrogate becomes U+FFFD. Never throws.
 */
export function encodeValue(value: string): string {
  return PLAIN.test(value) ? value : value.toWellFormed().replace(UNSAFE, percentEncode);
}

/** `separator` inside a member is encoded too, so that splitting gives the members back. */
export function encodeList(members: readonly string[], separator: ',' | ' '): string {
  return members.map((member) => encodeValue(member).replaceAll(separator, percentEncode)).join(separator);
}

const PLAIN = /^(?:[!-$&-~](?:[ -$&-~]*[!-$&-~])?)?$/;
const UNSAFE = /^ | $|[^ -$&-~]/gu;

function encodeClaim(claim: Claim | undefined): string {
  return typeof claim === 'string' ? encodeValue(claim) : '';
}

function percentEncode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  );
}
