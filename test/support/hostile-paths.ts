/** Pieces that some parser takes for a step up, a separator, an end, or for nothing at all. */
const STEPS = [
  '..',
  '%2e%2e',
  '.%2e',
  '%2E.',
  '..;',
  '..%3b',
  '..;a=b',
  '%252e%252e',
  '..%00',
  '..%20',
  '%c0%ae%c0%ae',
  '...',
  '.',
];
const SEPARATORS = [
  '/',
  '//',
  '%2f',
  '%2F',
  '\\',
  '%5c',
  '/./',
  '/.//',
  ';/',
  '%252f',
  '%c0%af',
  '/%09/',
  '%0a/',
];
const BEGINNINGS = ['/public', '//public', '/./public', '/x/../public', '/%70ublic', '/public;x', '/PUBLIC'];
const ENDS = [
  'orders/1',
  'admin',
  '%6frders/1',
  'orders%2f1',
  'public/../orders/1',
  '',
  'orders/1?/public/',
  'orders/1#/public/',
];

/** Paths that begin in the open place and mean to end in another, and some the other way round. Each is there once. */
export const HOSTILE_PATHS: readonly string[] = [
  ...new Set([
    ...BEGINNINGS.flatMap((beginning) =>
      STEPS.flatMap((step, index) =>
        SEPARATORS.map((separator, other) => {
          const end = ENDS[(index * SEPARATORS.length + other) % ENDS.length] ?? '';
          return `${beginning}${separator}${step}${separator}${end}`;
        }),
      ),
    ),
    ...STEPS.flatMap((step) =>
      SEPARATORS.map((separator) => `/public/a/b${separator}${step}/${step}/${step}/admin`),
    ),
    ...STEPS.flatMap((step) =>
      SEPARATORS.map((separator) => `/orders/1${separator}${step}${separator}${step}/public/x`),
    ),
    'http://127.0.0.1/public/../orders/1',
    'http://evil.example/public/x',
    '//evil.example/public/../orders/1',
    '/public/{a/../../orders/1}',
    '/?/public/',
    '/orders?x=/public/',
    '*',
  ]),
];

/**
 * Every place where some server could look for a path: decoded so often, a backslash taken for a slash or not,
 * parameters cut off or not, slashes merged before dots are resolved or after.
 */
export function readingsOf(served: string, decodings: 0 | 1 | 2): readonly string[] {
  const path = plainly(served.replace(/^https?:\/\/[^/]*/, '').replace(/[?#].*$/s, ''));
  const decoded = [path, decode(path), decode(decode(path))].slice(0, decodings + 1);
  // What begins with two slashes names an authority to those who read it as a reference.
  const referred = decoded.flatMap((text) => [text, text.replace(/^\/{2,}[^/]*/, '')]);
  const slashed = referred.flatMap((text) => [text, text.replaceAll('\\', '/')]);
  const cut = slashed.flatMap((text) => [text, text.replace(/;[^/]*/g, '')]);
  const merged = cut.flatMap((text) => [text, text.replace(/\/{2,}/g, '/')]);
  return [...new Set(merged.map(resolveDots))];
}

/** RFC 3986 section 6.2.2.2: letters and digits are the same however they are written, to all. */
function plainly(path: string): string {
  return path.replace(/%(?:[46][1-9A-Fa-f]|[57][0-9Aa]|3\d)/g, decode);
}

/** Byte by byte, since not everybody looks at what comes out. */
function decode(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function resolveDots(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`.replace(/\/{2,}/g, '/');
}
