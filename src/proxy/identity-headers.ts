import type { Session } from '../decision/session.ts';
import { createRecent } from '../lib/recent.ts';

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
  /** Whether it tells a session that is valid from one that is not, and both from none. */
  readonly saysValidity?: boolean;
};

/** Headers, and whether they pass every proxy's buffers. */
export type Said = { readonly headers: RawHeaders; readonly fits: boolean };

type Headers = {
  readonly of: (session: Session) => Said;
  readonly ofNobody: (presentedSomething: boolean) => RawHeaders;
};

/**
 * What an allow says of who it is. Each one carries every header, empty where there is no value: several proxies let
 * the client's own through where ours is missing.
 */
export type Identity = Headers & {
  readonly names: readonly string[];
  /** For a resolver, whose answers are 200 also where the session is not valid: they say whether it is. */
  readonly resolved: Headers;
};

export const SESSION_VALID: IdentityHeader = {
  name: 'X-Auth-Session-Valid',
  of: () => 'true',
  ofNobody: (presentedSomething) => (presentedSomething ? 'false' : ''),
  saysValidity: true,
};

/**
 * Remembers what is said of as many sessions as `heldRows`, at most 16,384: one that is read from the store for each request
 * is another object each time, so that nothing would be found again.
 */
export function createIdentity(headers: readonly IdentityHeader[], heldRows: number): Identity {
  const isSaid = headers.some(({ saysValidity }) => saysValidity);
  return {
    names: headers.map(({ name }) => name),
    ...render(headers, heldRows),
    resolved: render(isSaid ? headers : [...headers, SESSION_VALID], heldRows),
  };
}

const MAX_REMEMBERED = 16_384;

function render(headers: readonly IdentityHeader[], heldRows: number): Headers {
  const nobody = (presentedSomething: boolean) =>
    headers.flatMap(({ name, ofNobody }) => [name, ofNobody?.(presentedSomething) ?? '']);
  const [presentedNothing, presentedDead] = [nobody(false), nobody(true)];
  const say = (session: Session): Said => {
    const said = headers.flatMap(({ name, of }) => [name, of(session)]);
    return { headers: said, fits: fitsProxies(said) };
  };
  return {
    of: createRecent(Math.min(MAX_REMEMBERED, heldRows), ({ id }: Session) => id, say),
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

function percentEncode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  );
}
