import { valuesOf } from '../lib/http-server.ts';
import type { RawHeaders } from './identity-headers.ts';

/** What proxies take from a client as one line. */
const MAX_COOKIES = 8 * 1024;
const PRINTABLE = /^[ -~]*$/;

/**
 * What the proxy puts in the place of the client's credentials: its cookies without ours, and no `Authorization`. Where
 * the proxy goes by a list of what it has to remove, `removalHeader` is the name of that list.
 */
export function strippedOf(
  rawHeaders: readonly string[],
  cookieName: string,
  removalHeader: string | undefined,
): RawHeaders {
  const cookies = cookiesBeside(cookieName, valuesOf(rawHeaders, 'cookie'));
  const replaced = ['Cookie', cookies, 'Authorization', ''];
  if (removalHeader === undefined) return replaced;
  return [...replaced, removalHeader, cookies === '' ? 'authorization,cookie' : 'authorization'];
}

/** As they were sent, in their order; none at all where they can't be said again byte for byte. */
function cookiesBeside(cookieName: string, lines: readonly string[]): string {
  const others = lines
    .flatMap((line) => line.split(';'))
    .map((cookie) => cookie.replace(/^ /, ''))
    .filter((cookie) => cookie.trim() !== '' && nameOf(cookie) !== cookieName)
    .join('; ');
  return others.length <= MAX_COOKIES && PRINTABLE.test(others) ? others : '';
}

/** Trimmed, since there are applications that do: none of them shall see ours behind two spaces. */
function nameOf(cookie: string): string | undefined {
  const equals = cookie.indexOf('=');
  return equals === -1 ? undefined : cookie.slice(0, equals).trim();
}
