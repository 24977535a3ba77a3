import { type Check, NEEDS_EITHER, NEEDS_NOTHING } from '../check.ts';
import {
  FINE,
  FORGED,
  judgeDenied,
  judgeForged,
  reachedEcho,
  unclear,
  valuesAtEcho,
  wrong,
} from '../judgement.ts';
import { fold } from '../names.ts';
import { carriesToken, get, type Header, passing } from '../probe.ts';

const NOT_WEBSOCKET = ['h2c', 'H2C', 'TLS/1.0', 'websocket, h2c', 'h2c, websocket'];

export const upgrade: Check = {
  id: 'upgrade',
  title: 'nothing but a WebSocket is upgraded, so nothing tunnels past the check',
  severity: 'bad',
  needs: NEEDS_EITHER,
  probes: (site) =>
    NOT_WEBSOCKET.flatMap((protocol) =>
      passing(site, [
        ['Connection', 'Upgrade, HTTP2-Settings'],
        ['Upgrade', protocol],
        ['HTTP2-Settings', 'AAMAAABkAAQAAP__'],
      ]),
    ),
  judge: ({ answer }) => {
    if (answer.kind === 'reply' && answer.status === 101) return wrong('an answer 101');
    const asked = valuesAtEcho(answer, 'Upgrade').filter((value) => value !== '');
    return asked.length === 0 ? FINE : wrong(`Upgrade: ${asked.join(', ')}`);
  },
  mend: {
    any: 'hand "Upgrade" on for websocket alone',
    nginx:
      'proxy_set_header Upgrade $postern_upgrade; and Connection $postern_connection; with the maps of deploy/nginx/postern.conf, in place of $http_upgrade',
    traefik:
      'a headers middleware with customRequestHeaders: { Upgrade: "" } on routers that need no WebSocket',
    caddy: 'import postern/request.caddy before the check: request_header @plain -Upgrade',
    haproxy: 'http-request del-header upgrade unless { req.fhdr(upgrade) -i websocket }',
    envoy: 'upgrade_configs: [{ upgrade_type: websocket }] and no other',
  },
};

/** Below what servers commonly refuse, and above what some of them look at. */
const FILLERS = [80, 150, 400, 1100];

const fill = (count: number): readonly Header[] =>
  Array.from({ length: count }, (_, index) => [`x${index.toString(36)}`, '']);

export const flood: Check = {
  id: 'flood',
  title: 'a flood of headers hides nothing: what comes after it is refused or looked at like the rest',
  severity: 'bad',
  needs: NEEDS_NOTHING,
  probes: (site) =>
    FILLERS.flatMap((count) => {
      const headers: readonly Header[] = [
        ...fill(count),
        ...site.identity.names.map((name): Header => [name, FORGED]),
      ];
      return [get(site.protectedPath, headers), ...passing(site, headers)];
    }),
  judge: (exchange, { protectedPath, identity }) => {
    const { probe } = exchange;
    const isStranger = probe.target === protectedPath && !carriesToken(probe);
    return isStranger ? judgeDenied(exchange) : judgeForged(identity.names)(exchange);
  },
  mend: {
    any: 'refuse a request with more than a hundred headers',
    nginx:
      'large_client_header_buffers 4 8k; as it is by default; and include postern/identity.conf; in this location',
    traefik: 'a current Traefik; maxHeaderBytes of the HTTP server at its default',
    caddy: 'servers { max_header_size 16KB } in the global options',
    haproxy: 'tune.http.maxhdr 101 and tune.bufsize 16384, as they are by default',
    envoy: 'max_headers_count: 100 in common_http_protocol_options, as it is by default',
  },
};

export const answer: Check = {
  id: 'answer',
  title: 'a denial can be kept by no cache, and says nothing of who somebody is',
  severity: 'bad',
  needs: NEEDS_NOTHING,
  probes: ({ protectedPath }) => [
    get(protectedPath),
    get(protectedPath, [['Authorization', 'Bearer of-nobody']]),
  ],
  judge: ({ answer: got }, { identity }) => {
    if (got.kind !== 'reply' || got.echoed !== undefined) return FINE;
    const believed = new Set(identity.names.map(fold));
    const told = got.headers.filter(([name, value]) => believed.has(fold(name)) && value !== '');
    if (told.length > 0) return wrong(told.map(([name]) => name).join(', '));
    const caching = got.headers
      .flatMap(([name, value]) => (fold(name) === 'cache_control' ? [value] : []))
      .join(', ');
    return isStorable(got.status, caching)
      ? wrong(`${got.status} with Cache-Control: ${caching || '(none)'}`)
      : FINE;
  },
  mend: {
    any: 'let no denial be stored: Cache-Control: no-store on it',
    nginx:
      'no "expires" and no add_header Cache-Control … always; in this server; add_header Cache-Control no-store always; in the location of a login page',
    traefik: 'no headers middleware that writes Cache-Control or X-Auth-… into answers before forwardAuth',
    caddy: 'no header Cache-Control outside of the reverse_proxy to the application',
    haproxy: 'http-after-response set-header Cache-Control no-store if { status 300:499 }',
    envoy:
      'allowed_client_headers of authorization_response: www-authenticate, location, cache-control; never x-auth-…',
  },
};

/** RFC 9111 sections 3 and 4.2.2. A 401, 403 or 302 without a word is not kept: nginx writes none on them. */
function isStorable(status: number, caching: string): boolean {
  if (/\b(?:no-store|private|no-cache)\b/i.test(caching)) return false;
  return /\bpublic\b|max-?age=0*[1-9]/i.test(caching) || [301, 308, 404, 410].includes(status);
}

/** The last of all: where a limit set in, or the session ended, "nothing reached the application" meant nothing. */
export const steady: Check = {
  id: 'steady',
  title: 'what reached the application at the beginning still does at the end',
  severity: 'bad',
  needs: NEEDS_EITHER,
  probes: (site) => passing(site),
  judge: ({ answer: got }) => (reachedEcho(got) ? FINE : unclear('no: so the lines above prove little')),
  mend: {
    any: 'take the address of the doctor out of what limits requests, and bring a session that lives',
    nginx: 'no limit_req and limit_conn for the address of the doctor',
    traefik: 'no rateLimit or inFlightReq middleware on these routers for the time',
    caddy: 'no rate_limit for the address of the doctor',
    haproxy: 'no http-request deny or tarpit by a stick-table for the address of the doctor',
    envoy: 'no local_ratelimit or ratelimit filter on these routes for the time',
  },
};
