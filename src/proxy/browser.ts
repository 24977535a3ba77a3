import type { Decision } from '../decision/decide.ts';
import { parentOf } from '../decision/place.ts';
import type { Asked } from '../decision/select.ts';
import type { Target } from '../decision/target.ts';
import { only, valuesOf } from '../lib/http-server.ts';
import type { Browsers } from './gate.ts';
import type { RawHeaders } from './identity-headers.ts';
import { attemptsIn, causeOf, MAX_ATTEMPTS, withAttempt } from './login-loop.ts';

/** A denial, as far as it matters whether a browser gets it. */
export type Denied = {
  readonly decision: Decision;
  readonly asked: Asked;
  readonly rawHeaders: readonly string[];
  readonly loginUrl: string | undefined;
  readonly browsers: Browsers;
  readonly cookieName: string;
  /** In seconds since the epoch. */
  readonly now: number;
};

/** The login page, with the way back; or why it makes no sense to go there once more. */
export type Login = { readonly location: string } | { readonly loopCause: string };

/** In bytes: what fits every proxy's default buffers, with the rest of the answer. */
const MAX_LOCATION = 3 * 1024;

/**
 * What helps a person who has to log in; undefined where there is no login page, for scripts, and where the way back
 * would lead to a host that is not ours: a login page that nobody comes back from would only hide that.
 */
export function loginOf(denied: Denied): Login | undefined {
  const { decision, asked, rawHeaders, loginUrl, browsers, cookieName, now } = denied;
  if (decision.outcome !== 'challenge' && decision.outcome !== 'reauthenticate') return undefined;
  const { target } = asked;
  if (loginUrl === undefined || typeof target !== 'object' || !isNavigation(target, rawHeaders)) {
    return undefined;
  }
  const site = siteOf(target, browsers);
  if (site === undefined) return undefined;
  const attempts = attemptsIn(target.query, now);
  if (attempts === MAX_ATTEMPTS) return { loopCause: causeOf(decision, cookieName) };
  const rd = site + target.path + withAttempt(target.query, attempts + 1, now);
  const location = `${loginUrl}${loginUrl.includes('?') ? '&' : '?'}rd=${encodeURIComponent(rd)}`;
  return location.length <= MAX_LOCATION ? { location } : undefined;
}

/**
 * Fetch Metadata says it, where the browser sends it. A Bearer token is a program's: it decides, so no cookie that a
 * login sets would change the answer.
 */
function isNavigation({ method }: Target, rawHeaders: readonly string[]): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (valuesOf(rawHeaders, 'authorization').some((value) => /^bearer\b/i.test(value))) return false;
  const saysFetchMetadata = rawHeaders.some((text, at) => at % 2 === 0 && /^sec-fetch-/i.test(text));
  return saysFetchMetadata
    ? only(rawHeaders, 'sec-fetch-mode') === 'navigate' && only(rawHeaders, 'sec-fetch-dest') === 'document'
    : namesHtml(rawHeaders) && valuesOf(rawHeaders, 'x-requested-with').length === 0;
}

/** RFC 9110 section 12.5.1; a script that takes anything says so with a wildcard. */
function namesHtml(rawHeaders: readonly string[]): boolean {
  const ranges = valuesOf(rawHeaders, 'accept').flatMap((value) => value.split(','));
  return ranges.some((range) => /^\s*text\/html\s*(?:;|$)/i.test(range));
}

const OWN_PORTS = { http: 80, https: 443 } as const;

/** Scheme, host and port of a target, spelled by us; undefined where no browser may be sent back to it. */
function siteOf({ scheme, host, port }: Target, { hosts, allowsHttp }: Browsers): string | undefined {
  if (scheme === undefined || (scheme === 'http' && !allowsHttp)) return undefined;
  const ports = port === undefined ? ['', `:${OWN_PORTS[scheme]}`] : [`:${port}`];
  const parent = parentOf(host);
  const names = parent === undefined ? [host] : [host, `*.${parent}`];
  const isOurs = names.some((name) => ports.some((suffix) => hosts.includes(name + suffix)));
  return isOurs ? `${scheme}://${host}${port === undefined ? '' : `:${port}`}` : undefined;
}

/** Whether a browser that gets this denial is sent to log in, in words; undefined where there is no login page for it. */
export function explainLogin(
  decision: Decision,
  { target }: Asked,
  loginUrl: string | undefined,
  browsers: Browsers,
): string | undefined {
  const isForLogin = decision.outcome === 'challenge' || decision.outcome === 'reauthenticate';
  if (!isForLogin || loginUrl === undefined) return undefined;
  if (typeof target !== 'object') return 'No browser is sent to log in: the original request is not known.';
  const { scheme, host, port } = target;
  const site = siteOf(target, browsers);
  if (site !== undefined)
    return `A browser that navigates (GET or HEAD) is sent to log in, and back to ${site}.`;
  return scheme === 'https' || (scheme === 'http' && browsers.allowsHttp)
    ? `No browser is sent to log in: login.hosts does not name ${port === undefined ? host : `${host}:${port}`}.`
    : `No browser is sent to log in: the request came by ${scheme ?? 'an unknown scheme'}, and login.allowHttp is not set.`;
}

/** Fetch standard, section 3.3: lets a script of an allowed origin see why it was denied. */
export function corsOf(rawHeaders: readonly string[], { origins }: Browsers): RawHeaders {
  if (origins.size === 0) return [];
  const origin = only(rawHeaders, 'origin');
  if (origin === undefined || !origins.has(origin)) return [];
  return [
    'Access-Control-Allow-Origin',
    origin,
    'Access-Control-Allow-Credentials',
    'true',
    'Access-Control-Expose-Headers',
    'WWW-Authenticate',
    'Vary',
    'Origin',
  ];
}
