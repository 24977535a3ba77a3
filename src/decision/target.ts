import { canonicalHost, type Scheme } from './host.ts';
import { canonicalPath, otherReading } from './path.ts';

/** What a rule can depend on: the original request, as every party reads it alike. Nothing in it is as the client wrote it. */
export type Target = {
  /** A method's registered name, in capitals. */
  readonly method: string;
  /** Unknown where the proxy does not say; no rule depends on it. */
  readonly scheme: Scheme | undefined;
  /** Lower case, without a dot at its end: a name or an address (IPv6 in brackets). */
  readonly host: string;
  /** Absent where it is the scheme's own. */
  readonly port: number | undefined;
  /** In canonical form; begins with `/`. */
  readonly path: string;
  /** How some servers read the path instead, in canonical form; absent where all read it alike. */
  readonly otherPath?: string | undefined;
  /** `?` and what follows, or nothing: no rule depends on it. */
  readonly query: string;
};

/** Why the original request can't be read in one way. */
export type TargetFault =
  | 'request_missing'
  | 'request_method'
  | 'request_scheme'
  | 'request_host'
  | 'request_path';

/** The four parts of the original request as a proxy hands them on. `uri` is path and query. */
export type RawTarget = {
  readonly method: string;
  readonly scheme: string | undefined;
  readonly host: string;
  readonly uri: string;
};

/** Path and query together, in characters; what is longer, no server has to take. */
const MAX_URI = 8 * 1024;
/** Methods are case-sensitive (RFC 9110 section 9.1), but not to every server: another spelling has two readings. */
const METHOD = /^[A-Z][A-Z-]{0,31}$/;
/** Printable ASCII without `#`. */
const QUERY = /^[!"$-~]*$/;
/** Some proxies name the protocol that a connection is upgraded to. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['http', 'http'],
  ['https', 'https'],
  ['ws', 'http'],
  ['wss', 'https'],
]);

/** The original request as every server behind the proxy reads it, or why they could differ. Total: it takes any text. */
export function canonicalTarget(raw: RawTarget): Target | TargetFault {
  const { method, uri } = raw;
  if (uri.length > MAX_URI) return 'request_path';
  if (!isMethod(method)) return 'request_method';
  const scheme = raw.scheme === undefined ? undefined : SCHEMES.get(raw.scheme);
  if (scheme === undefined && raw.scheme !== undefined) return 'request_scheme';
  const authority = canonicalHost(raw.host, scheme);
  if (authority === undefined) return 'request_host';
  const mark = uri.indexOf('?');
  const query = mark === -1 ? '' : uri.slice(mark);
  const rawPath = mark === -1 ? uri : uri.slice(0, mark);
  const path = canonicalPath(rawPath);
  if (path === undefined || !QUERY.test(query)) return 'request_path';
  return { method, scheme, ...authority, path, otherPath: otherReading(rawPath, path), query };
}

export function isMethod(text: string): boolean {
  return METHOD.test(text);
}
