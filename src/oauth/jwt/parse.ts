import { COMPACT_JWS } from '../../lib/grammar.ts';

/** A JSON Web Token that was read, and of which nothing is verified yet. */
export type ParsedJwt = {
  readonly alg: string;
  readonly kid: string | undefined;
  /** In lower case and without `application/`; empty where there is none. */
  readonly typ: string;
  readonly claims: Claims;
};

export type Claims = Readonly<Record<string, unknown>>;

const MAX_LENGTH = 8 * 1024;
const MAX_KID_LENGTH = 255;
/** They bring a key along, say where one is, or change what is signed: no token that we take needs one of them. */
const REFUSED_MEMBERS = ['jku', 'x5u', 'jwk', 'x5c', 'crit', 'b64', 'zip', 'enc'];
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * RFC 7515 section 5.2, steps 1 to 7, and stricter: every part in its one canonical spelling, no member twice
 * (section 5.2 lets a reader choose), none that is named `__proto__`. Undefined for all else; never throws.
 */
export function parseJwt(text: string): ParsedJwt | undefined {
  if (text.length > MAX_LENGTH || !COMPACT_JWS.test(text)) return undefined;
  const parts = text.split('.').map(decodePart);
  const [header, claims] = [parseObject(parts[0]), parseObject(parts[1])];
  if (header === undefined || claims === undefined || parts[2] === undefined) return undefined;
  if (REFUSED_MEMBERS.some((name) => Object.hasOwn(header, name))) return undefined;
  const { alg, kid } = header;
  const typ = header.typ === undefined ? '' : parseType(header.typ);
  if (typeof alg !== 'string' || typ === undefined) return undefined;
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KID_LENGTH)) return undefined;
  return { alg, kid, typ, claims };
}

/** RFC 7515 section 4.1.9: a media type, in any case, whose `application/` may be left out. */
export function parseType(typ: unknown): string | undefined {
  if (typeof typ !== 'string' || typ === '') return undefined;
  return typ.toLowerCase().replace(/^application\/(?=[^/]+$)/, '');
}

/** Decoders take several spellings of the same bytes; only the one that encoding gives is taken here. */
function decodePart(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

function parseObject(bytes: Buffer | undefined): Record<string, unknown> | undefined {
  if (bytes === undefined) return undefined;
  try {
    return parsePlainObject(UTF8.decode(bytes));
  } catch {
    return undefined;
  }
}

/** A JSON object without a member twice and without one named `__proto__`; throws where the text is no JSON. */
export function parsePlainObject(text: string): Record<string, unknown> | undefined {
  const value: unknown = JSON.parse(text);
  return isObject(value) && isPlain(value, text) ? value : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Each member has one colon at its own depth: where more are written than were read, a name stood twice. A string that
 * does not end, which no JSON has, would be looked through again from each of its quotes: so its end is left open.
 */
function isPlain(value: Record<string, unknown>, text: string): boolean {
  let depth = 0;
  let written = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === ':' && depth === 1) written += 1;
  }
  return written === Object.keys(value).length && !Object.hasOwn(value, '__proto__');
}
