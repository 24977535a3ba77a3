import { COMPACT_JWS } from '../lib/grammar.ts';
import { Secret } from '../lib/secret.ts';
import { type SessionId, sessionIdOf } from './token.ts';

/** Where a credential stood. */
export type Source = 'bearer' | 'cookie';

/** Why a credential can't be read in one way. */
export type Malformation =
  | 'several_authorization_headers'
  | 'bearer_syntax'
  | 'bearer_too_long'
  | 'several_session_cookies';

/**
 * What the client presented. An opaque token stops here: all that goes on is the id of the row it would have. What
 * looks like a JSON Web Token goes on to be verified, and `foreign` is a well-formed text that can't be either.
 */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly malformation: Malformation }
  | { readonly kind: 'foreign'; readonly source: Source }
  | { readonly kind: 'token'; readonly source: Source; readonly id: SessionId }
  | { readonly kind: 'jwt'; readonly source: 'bearer'; readonly jwt: PresentedJwt };

/** Nothing of it is verified yet. `idToken` came with it, as IBM App ID's clients send the two. */
export type PresentedJwt = { readonly token: Secret; readonly idToken?: Secret };

/** How the settings have credentials read. */
export type Reading = {
  readonly cookieName: string;
  /** Whether some issuer's clients send `Bearer <access token> <ID token>`; without one, two tokens are malformed. */
  readonly takesPairs: boolean;
};

const NONE: Credential = { kind: 'none' };
const MAX_BEARER = 8 * 1024;
/** RFC 9110 section 5.6.2, the characters of a scheme's name; one of them right after "Bearer" makes it another scheme. */
const BEARER_SCHEME = /^bearer(?![!#$%&'*+.^_`|~0-9A-Za-z-])/i;
/** RFC 6750 section 2.1, `b64token`. */
const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;
const PAIR = /^bearer ([^ ]+) ([^ ]+)$/i;

/**
 * Reads the one credential of a request from its raw headers (name, value, name, value, …): a Bearer token
 * where one is presented, and only else the session cookie, so that a bad token never falls through to a
 * good cookie.
 */
export function readCredential(
  rawHeaders: readonly string[],
  { cookieName, takesPairs }: Reading,
): Credential {
  let authorization: string | undefined;
  let cookie: Credential = NONE;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    const value = rawHeaders[index + 1];
    if (name === undefined || value === undefined) continue;
    if (isNamed(name, 'authorization')) {
      if (authorization !== undefined) return malformed('several_authorization_headers');
      authorization = value;
    } else if (isNamed(name, 'cookie')) {
      cookie = readCookies(value, cookieName, cookie);
    }
  }
  if (authorization !== undefined && BEARER_SCHEME.test(authorization)) {
    return readBearer(authorization, takesPairs);
  }
  return cookie;
}

/** The length is compared first: most headers are neither, and need no lower-case copy. */
function isNamed(name: string, lowerCaseName: string): boolean {
  return name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName;
}

function readBearer(authorization: string, takesPairs: boolean): Credential {
  const [, first, second] = (takesPairs && PAIR.exec(authorization)) || [];
  if (first !== undefined && second !== undefined) return readPair(first, second);
  if (authorization.length > MAX_BEARER + 'bearer '.length) return malformed('bearer_too_long');
  const token = BEARER.exec(authorization)?.[1];
  return token === undefined ? malformed('bearer_syntax') : readToken(token);
}

/** What a token that was presented by itself is, wherever it stood. */
export function readToken(token: string): Credential {
  return COMPACT_JWS.test(token) ? presentJwt({ token: new Secret(token) }) : present('bearer', token);
}

function readPair(token: string, idToken: string): Credential {
  if (Math.max(token.length, idToken.length) > MAX_BEARER) return malformed('bearer_too_long');
  if (!COMPACT_JWS.test(token) || !COMPACT_JWS.test(idToken)) return malformed('bearer_syntax');
  return presentJwt({ token: new Secret(token), idToken: new Secret(idToken) });
}

function presentJwt(jwt: PresentedJwt): Credential {
  return { kind: 'jwt', source: 'bearer', jwt };
}

/**
 * RFC 6265 section 5.4, what a browser writes: `name=value` joined by `; `. Nothing more is trimmed, decoded
 * or unquoted: whatever another reader might take for our cookie too is not it.
 */
function readCookies(header: string, cookieName: string, before: Credential): Credential {
  let found = before;
  for (let start = 0; start <= header.length; ) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    if (header.startsWith(cookieName, start) && header[start + cookieName.length] === '=') {
      if (found.kind !== 'none') return malformed('several_session_cookies');
      found = present('cookie', header.slice(start + cookieName.length + 1, end));
    }
    start = end + (header[end + 1] === ' ' ? 2 : 1);
  }
  return found;
}

function present(source: Source, text: string): Credential {
  const id = sessionIdOf(text);
  return id === undefined ? { kind: 'foreign', source } : { kind: 'token', source, id };
}

function malformed(malformation: Malformation): Credential {
  return { kind: 'malformed', malformation };
}
