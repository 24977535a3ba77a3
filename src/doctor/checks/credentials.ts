import { type Check, NEEDS_NOTHING, NEEDS_TOKEN } from '../check.ts';
import {
  FINE,
  first,
  type Judgement,
  judgeDenied,
  reachedEcho,
  unclear,
  valuesAtEcho,
  wrong,
} from '../judgement.ts';
import { type Exchange, get, type Header, type Site, withSession, withToken } from '../probe.ts';

const STRANGERS: readonly (readonly Header[])[] = [
  [],
  [['Authorization', 'Bearer of-nobody']],
  [['Authorization', 'Basic YWRtaW46YWRtaW4=']],
  [['Cookie', 'session=of-nobody; __Host-session=of-nobody']],
];

/** Beside the denial itself: what is neither an answer of ours nor that of a login page is no sign of a check. */
function judgeDenial(exchange: Exchange): Judgement {
  const { answer } = exchange;
  const known = [302, 303, 307, 400, 401, 403];
  const status = answer.kind === 'reply' ? answer.status : 'none';
  const isKnown = known.some((one) => one === status);
  const why = `the answer is ${status}, where a stranger gets 401, 403 or a login page`;
  return first(judgeDenied(exchange), isKnown ? FINE : unclear(why));
}

export const denied: Check = {
  id: 'denied',
  title: 'who has no session is denied at the protected path',
  severity: 'bad',
  needs: NEEDS_NOTHING,
  probes: ({ protectedPath }) => [
    ...STRANGERS.map((headers) => get(protectedPath, headers)),
    ...['POST', 'OPTIONS', 'PROPFIND'].map((method) => ({ method, target: protectedPath, headers: [] })),
  ],
  judge: judgeDenial,
  mend: {
    any: 'let the proxy ask Postern before it passes a request on, at every path and for every method',
    nginx:
      'auth_request /_postern/default; in this location, and no "satisfy any", "limit_except" or "auth_request off" around it',
    traefik: 'name the forwardAuth middleware in "middlewares" of every router of this service',
    caddy: 'import postern/check.caddy, or forward_auth, in a "route" before the reverse_proxy of this path',
    haproxy:
      'http-request lua.postern, and http-request return status 503 unless { var(txn.postern_allowed) -m bool }, without a condition on path or method',
    envoy:
      'the ext_authz filter before the router filter, and no ExtAuthzPerRoute "disabled: true" on this route',
  },
};

export const known: Check = {
  id: 'known',
  title: 'the application gets to know who has a session',
  severity: 'bad',
  needs: NEEDS_TOKEN,
  probes: (site) => withSession(site),
  judge: ({ answer }, site) => {
    if (!reachedEcho(answer)) return unclear('the request did not reach the application');
    return judgeKnown({ answer }, site);
  },
  mend: {
    any: "copy every identity header of Postern's answer into the request to the application",
    nginx: 'include postern/identity.conf; in this location',
    traefik:
      'authResponseHeaders of the forwardAuth middleware: list every X-Auth-… header, or authResponseHeadersRegex: ^X-Auth-',
    caddy: 'import postern/identity.caddy, or copy_headers of forward_auth with every X-Auth-… header',
    haproxy:
      "http-request lua.postern sets them; the well-known script's globs must be in lower case: x-auth-*",
    envoy: 'authorization_response: { allowed_upstream_headers: { patterns: [{ prefix: x-auth- }] } }',
  },
};

export function judgeKnown(
  { answer }: Pick<Exchange, 'answer'>,
  { identity }: Pick<Site, 'identity'>,
): Judgement {
  const missing = identity.who.filter((name) => valuesAtEcho(answer, name).every((value) => value === ''));
  return missing.length === 0 ? FINE : wrong(`no ${missing.join(', no ')}`);
}

const BAD: Header = ['Authorization', 'Bearer of-nobody'];

export const twoCredentials: Check = {
  id: 'two-credentials',
  title: 'two Authorization headers are refused, whichever is good',
  severity: 'bad',
  needs: NEEDS_TOKEN,
  probes: ({ protectedPath, token }) =>
    token === undefined
      ? []
      : [get(protectedPath, withToken(token, [BAD])), get(protectedPath, [BAD, ...withToken(token)])],
  judge: judgeDenied,
  mend: {
    any: 'pass every Authorization and Cookie line on to Postern as it came: it refuses two, of which others read the first or the last',
    nginx:
      'no proxy_set_header Authorization in the location of the check: nginx passes both lines on by itself, or answers 400',
    traefik:
      'no authRequestHeaders that leave lines out, and no middleware before forwardAuth that writes Authorization',
    caddy: 'no header_up Authorization in forward_auth, and no request_header Authorization before it',
    haproxy: 'http-request deny deny_status 400 if { req.hdr_cnt(authorization) gt 1 }',
    envoy: 'a Lua or RBAC filter before ext_authz that refuses two: Envoy joins both lines by a comma',
  },
};
