import { type Check, NEEDS_NOTHING, NEEDS_PUBLIC } from '../check.ts';
import { FORGED, first, judgeDenied, judgeForged } from '../judgement.ts';
import { carriesToken, get, type Header, withSession } from '../probe.ts';
import { judgeKnown } from './credentials.ts';

/** Everything by which some proxy or server is told what was "really" asked for. */
function pointTo(path: string, host: string): readonly Header[] {
  return [
    ['X-Forwarded-Uri', path],
    ['X-Forwarded-Method', 'OPTIONS'],
    ['X-Forwarded-Host', 'localhost'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Prefix', path],
    ['X-Forwarded-Path', path],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Server', 'localhost'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Real-IP', '127.0.0.1'],
    ['Forwarded', 'for=127.0.0.1;host=localhost;proto=https'],
    ['X-Original-URL', `http://${host}${path}`],
    ['X-Original-URI', path],
    ['X-Original-Method', 'OPTIONS'],
    ['X-Original-Host', 'localhost'],
    ['X-Rewrite-URL', path],
    ['X-Auth-Request-Redirect', path],
    ['X-Envoy-Original-Path', path],
    ['X-HTTP-Method-Override', 'OPTIONS'],
  ];
}

const rename = (headers: readonly Header[], separator: string): readonly Header[] =>
  headers.map(([name, value]) => [name.replaceAll('-', separator), value]);

export const forwarded: Check = {
  id: 'forwarded',
  title: 'a header that says another path, method, host or address was asked for changes nothing',
  severity: 'bad',
  needs: NEEDS_PUBLIC,
  probes: ({ host, protectedPath, publicPath }) => {
    if (publicPath === undefined) return [];
    const all = pointTo(publicPath, host);
    const sets = [
      ...all.map((header) => [header]),
      all,
      [...all, ...all],
      rename(all, '_'),
      rename(all, '.'),
    ];
    return sets.map((headers) => get(protectedPath, headers));
  },
  judge: judgeDenied,
  mend: {
    any: 'set what the check carries from what the proxy itself knows, and let none of these of the client into it',
    nginx:
      'include postern/check.conf;: proxy_set_header X-Original-URL $scheme://$http_host$request_uri; X-Original-Method $request_method; X-Forwarded-Uri ""; X-Forwarded-Method ""; …',
    traefik:
      'trustForwardHeader: false, written out, in forwardAuth; and no forwardedHeaders.insecure on the entry point',
    caddy:
      'no header_up X-Forwarded-… in forward_auth: it sets Uri and Method itself; trusted_proxies only with addresses of your own',
    haproxy:
      'before the check: http-request set-header for X-Forwarded-Method, -Proto, -Host and -Uri, and del-header for the others',
    envoy:
      'use_remote_address: true, and no x-forwarded-…, x-original-… but those that Envoy sets in allowed_headers of authorization_request',
  },
};

const TRICKS = [
  'X-Forwarded-Uri, X-Forwarded-Method, X-Forwarded-Host, X-Forwarded-Proto',
  'X-Original-URL, X-Original-Method',
];
const OF_CLIENTS = 'Authorization, Cookie, Host';
const POINTED = '/public/';

export const hopByHop: Check = {
  id: 'hop-by-hop',
  title: 'a header that the client names in "Connection" is not lost on the way',
  severity: 'bad',
  needs: NEEDS_NOTHING,
  probes: (site) => {
    const { host, protectedPath, publicPath = POINTED, identity } = site;
    const pointed = pointTo(publicPath, host);
    const named = pointed.map(([name]) => name).join(', ');
    const denied = [...TRICKS, named, named.toLowerCase(), OF_CLIENTS].flatMap((names) => [
      get(protectedPath, [['Connection', `close, ${names}`]]),
      get(protectedPath, [['Connection', `close, ${names}`], ...pointed]),
    ]);
    const [who = ''] = identity.who;
    const all = identity.names.join(', ');
    const kept = [who, who.toUpperCase(), all, all.toLowerCase()].flatMap((names) =>
      withSession(site, [
        ['Connection', `close, ${names}`],
        [who, FORGED],
      ]),
    );
    return [...denied, ...kept];
  },
  judge: (exchange, site) => {
    if (!carriesToken(exchange.probe)) return judgeDenied(exchange);
    const { answer } = exchange;
    const reached = answer.kind === 'reply' && answer.echoed !== undefined;
    return first(
      judgeForged(site.identity.names)(exchange),
      ...(reached ? [judgeKnown(exchange, site)] : []),
    );
  },
  mend: {
    any: "remove what the client's Connection names before the proxy's own headers are set, and never after: a newer version of the proxy may do so",
    nginx:
      'proxy_set_header Connection ""; in the location of the check, as in postern/check.conf: nginx itself takes nothing away',
    traefik:
      'a current Traefik: before 2.11.9 and 3.1.3 it drops the X-Forwarded-… that Connection names, and later ones did in other spellings',
    caddy:
      'import postern/request.caddy before the check: request_header -Connection, except for a WebSocket',
    haproxy: 'http-request del-header connection, before the check',
    envoy: 'a current Envoy, and no Lua filter that acts on Connection',
  },
};
