/** RFC 3986 section 3.3, `pchar` without escapes, no segment empty or beginning with a dot: nothing is left to do. */
const PLAIN = /^(?=\/)(?:\/[\w~!$&'()*+,;=:@-][\w.~!$&'()*+,;=:@-]*)*\/?$/;

/**
 * Two slashes at the beginning, an authority to those who read the path as a reference (RFC 3986 section 4.2); raw bytes
 * that some servers take for others, cut off at, or refuse; and escapes that are none.
 */
const AMBIGUOUS = /^\/\/|[^!-~]|[\\#?]|%(?![0-9A-Fa-f]{2})/;

/** `%` `#` `.` `/` `?` `\` and control bytes: what is read differently before and after a second decoding. */
const AMBIGUOUS_ESCAPE = /%(?:[01][0-9A-Fa-f]|2[35EFef]|3[Ff]|5[Cc]|7[Ff])/;

/**
 * The one spelling of a path (without a query): decoded once, slashes merged, dot segments resolved (RFC 3986 section
 * 5.2.4), and escaped again in one way. Undefined where two servers could read it differently. Total, and the
 * canonical form of a canonical path is itself.
 */
export function canonicalPath(raw: string): string | undefined {
  if (PLAIN.test(raw)) return raw;
  if (!raw.startsWith('/') || AMBIGUOUS.test(raw) || AMBIGUOUS_ESCAPE.test(raw)) return undefined;
  const decoded = decode(raw);
  if (decoded === undefined) return undefined;
  const segments = decoded.split('/');
  if (decoded.includes(';') && segments.some(isDotsOnceCut)) return undefined;
  // What encodeURI leaves as it is are exactly the characters of a path; of `?`, `#` and `%`, none is left.
  return encodeURI(resolve(segments));
}

/**
 * The other way in which some servers read a path that has a canonical form: with parameters cut off (`/a;v=1/b` is
 * `/a/b`), or with dot segments resolved before slashes are merged, as RFC 3986 has it (`/a//../b` is `/a/b`).
 * Undefined where all read it alike.
 */
export function otherReading(raw: string, canonical: string): string | undefined {
  if (canonical.includes(';')) return canonical.replace(/;[^/]*/g, '').replace(/\/{2,}/g, '/');
  if (!raw.includes('//') || !raw.includes('/..')) return undefined;
  const other = canonicalPath(mergeAfterwards(raw.split('/').slice(1)));
  return other === canonical ? undefined : other;
}

/** Of two slashes, an empty segment is what `..` takes away. */
function mergeAfterwards(segments: readonly string[]): string {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

/** The whole segments of a canonical path. A slash at its end makes none. */
export function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** Undefined where it is no UTF-8: an overlong form of a dot or a slash is that to some servers. */
function decode(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

/** Tomcat and its kin resolve `..;a=b` as `..`, nginx does not; and neither of `/a;/..` and `/a/..;/` is safe. */
function isDotsOnceCut(segment: string): boolean {
  const semicolon = segment.indexOf(';');
  return isDots(semicolon === -1 ? segment : segment.slice(0, semicolon));
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..';
}

/** Slashes merge first, as in nginx: `/a//..` is `/`. Above the root is the root. */
function resolve(segments: readonly string[]): string {
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.' && segment !== '') kept.push(segment);
  }
  const last = segments.at(-1) ?? '';
  const endsInSlash = kept.length > 0 && (last === '' || isDots(last));
  return `/${kept.join('/')}${endsInSlash ? '/' : ''}`;
}
