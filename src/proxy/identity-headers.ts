import type { Claim, Session } from '../decision/session.ts';

/** Headers as Node takes them: name, value, name, value, … Never changed once made, though Node wants it mutable. */
export type RawHeaders = string[];

/** What fits every proxy's default buffers (nginx: 4 KiB for the whole answer), in bytes. */
const MAX_BYTES = 3 * 1024;

/** One identity header: its value for a session, and for nobody. */
export type IdentityHeader = {
  readonly name: string;
  readonly of: (session: Session) => string;
  /** Of who passes as anonymous; empty where absent. */
  readonly ofNobody?: (presentedSomething: boolean) => string;
};

/**
 * What an allow says of who it is. Each one carries every header, empty where there is no value: several proxies let
 * the client's own through where ours is missing.
 */
export type Identity = {
  readonly names: readonly string[];
  readonly of: (session: Session) => RawHeaders;
  readonly ofNobody: (presentedSomething: boolean) => RawHeaders;
};

export function createIdentity(headers: readonly IdentityHeader[]): Identity {
  const nobody = (presentedSomething: boolean) =>
    headers.flatMap(({ name, ofNobody }) => [name, ofNobody?.(presentedSomething) ?? '']);
  const [presentedNothing, presentedDead] = [nobody(false), nobody(true)];
  return {
    names: headers.map(({ name }) => name),
    of: (session) => headers.flatMap(({ name, of }) => [name, of(session)]),
    ofNobody: (presentedSomething) => (presentedSomething ? presentedDead : presentedNothing),
  };
}

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

export function encodeClaim(claim: Claim | undefined): string {
  return typeof claim === 'string' ? encodeValue(claim) : '';
}

function percentEncode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  );
}
