import type { CannotTell, Claim, Session } from '../decision/session.ts';
import type { SessionId } from '../decision/token.ts';
import { NotTheOne, parseJson, unreadable as unreadableRow } from './unreadable.ts';

/** Raised when a reader of the version before could misread what is written. */
const VERSION = 1;
const KIND = 'session';

/** In bytes. A larger row is not parsed; what the management API takes makes none. */
const MAX_ROW_BYTES = 16 * 1024;

/** A session as it is kept. The row says its kind, its version and its own id, and each is checked when it is read. */
export function writeRow(session: Session): string {
  return JSON.stringify({ version: VERSION, kind: KIND, ...session });
}

/**
 * Rejects, with `CannotTell`, whatever is not the whole row of this very session: corrupt, of another kind, of
 * a newer version, too large, or another's (a connection that lost count of its replies).
 */
export function readRow(text: string, tenant: string, id: SessionId): Session {
  if (Buffer.byteLength(text) > MAX_ROW_BYTES) throw unreadable('it is larger than 16 KiB');
  const row = parseObject(text);
  if (row.version !== VERSION) throw unreadable('it is of another version');
  if (row.kind !== KIND) throw unreadable('it is of another kind');
  if (row.id !== id || row.tenant !== tenant) throw notTheOne(row);
  return {
    id,
    tenant,
    subject: stringOf(row, 'subject'),
    subjectType: subjectTypeOf(row),
    ...(row.clientId === undefined ? {} : { clientId: stringOf(row, 'clientId') }),
    ...(row.credentialId === undefined ? {} : { credentialId: stringOf(row, 'credentialId') }),
    scope: stringsOf(row, 'scope'),
    roles: stringsOf(row, 'roles'),
    audience: stringsOf(row, 'audience'),
    amr: stringsOf(row, 'amr'),
    claims: claimsOf(row),
    authenticatedAt: secondsOf(row, 'authenticatedAt'),
    createdAt: secondsOf(row, 'createdAt'),
    expiresAt: secondsOf(row, 'expiresAt'),
    idleSeconds: secondsOf(row, 'idleSeconds'),
    lastSeenAt: secondsOf(row, 'lastSeenAt'),
    ...(row.cookieDomain === undefined ? {} : { cookieDomain: stringOf(row, 'cookieDomain') }),
  };
}

type Row = { readonly [field: string]: unknown };

function parseObject(text: string): Row {
  const value = parseJson(text);
  if (value === undefined) throw unreadable('it is not JSON');
  if (!isObject(value)) throw unreadable('it is not an object');
  return value;
}

function stringOf(row: Row, field: string): string {
  const value = row[field];
  if (typeof value !== 'string' || value === '') throw unreadable(`"${field}" is not a string, or is empty`);
  return value;
}

function subjectTypeOf({ subjectType }: Row): Session['subjectType'] {
  if (subjectType !== 'user' && subjectType !== 'client') throw unreadable('"subjectType" is unknown');
  return subjectType;
}

function stringsOf(row: Row, field: string): readonly string[] {
  const value = row[field];
  if (!isArrayOf(value, isString)) throw unreadable(`"${field}" is not a list of strings`);
  return value;
}

function secondsOf(row: Row, field: string): number {
  const value = row[field];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw unreadable(`"${field}" is not a number of seconds`);
  return value;
}

function claimsOf({ claims }: Row): Session['claims'] {
  if (!isClaims(claims)) throw unreadable('"claims" is not an object of plain values');
  return claims;
}

function isClaims(value: unknown): value is Session['claims'] {
  return isObject(value) && Object.values(value).every(isClaim);
}

function isClaim(value: unknown): value is Claim {
  return isScalar(value) || isArrayOf(value, isScalar);
}

function isObject(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isArrayOf<Member>(
  value: unknown,
  isMember: (member: unknown) => member is Member,
): value is Member[] {
  return Array.isArray(value) && value.every(isMember);
}

function notTheOne({ id }: Row): CannotTell {
  const why = 'it belongs to another session';
  return isString(id) ? new NotTheOne('row_unreadable', why) : unreadable(why);
}

function unreadable(why: string): CannotTell {
  return unreadableRow('a row of the session table', why);
}
