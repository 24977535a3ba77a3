import { describe, inject } from 'vitest';
import { PROXY_IMAGES } from '../programs.ts';
import { startCaddy } from './caddy.ts';
import { startEnvoy } from './envoy.ts';
import { startHaproxy } from './haproxy.ts';
import { startNginx } from './nginx.ts';
import type { ClientSees, Original, ProxyKind } from './proxy.ts';
import { startTraefik } from './traefik.ts';

const sees = (status: number, ...headers: string[]): ClientSees => ({ status, headers });

const ALL = ['WWW-Authenticate', 'Set-Cookie', 'Access-Control-Allow-Origin', 'Retry-After'];
const WITH_LOGIN = [...ALL, 'Location'];
const UNAVAILABLE = sees(503, 'Retry-After');

const forwardAuth = ({ port, method, uri, policy }: Original) => ({
  line: `GET /forward-auth/${policy} HTTP/1.1`,
  x_forwarded_method: method,
  x_forwarded_proto: 'http',
  x_forwarded_host: `127.0.0.1:${port}`,
  x_forwarded_uri: uri,
  x_forwarded_for: '127.0.0.1',
});

export const NGINX: ProxyKind = {
  name: 'nginx',
  dialect: 'auth-request',
  start: (decisionPort, appPort, { http2, ...options } = {}) =>
    startNginx(decisionPort, appPort, { ...options, ...(http2 && { listen: 'http2' }) }),
  asks: ({ port, method, uri, policy }) => ({
    line: `GET /auth-request/${policy} HTTP/1.1`,
    x_original_method: method,
    x_original_url: `http://127.0.0.1:${port}${uri}`,
    x_forwarded_for: '127.0.0.1',
  }),
  sees: {
    '200': sees(200),
    '204': sees(200),
    '302': sees(500),
    '400': sees(500),
    '401': sees(401, 'WWW-Authenticate', 'Access-Control-Allow-Origin'),
    '401, Location': sees(302, 'WWW-Authenticate', 'Location', 'Access-Control-Allow-Origin'),
    '403': sees(403),
    '404': sees(500),
    '500': sees(500),
    '503': UNAVAILABLE,
    nonsense: sees(500),
    'half an answer': UNAVAILABLE,
    closes: UNAVAILABLE,
    away: UNAVAILABLE,
    hangs: UNAVAILABLE,
  },
  patienceSeconds: 2,
  ambiguousPath: 'resolved',
  connections: 1,
};

export const CADDY: ProxyKind = {
  name: 'Caddy',
  dialect: 'forward-auth',
  start: startCaddy,
  asks: forwardAuth,
  sees: {
    '200': sees(200),
    '204': sees(204, ...ALL),
    '302': sees(302, ...WITH_LOGIN),
    '400': sees(400, ...ALL),
    '401': sees(401, ...ALL),
    '401, Location': sees(401, ...WITH_LOGIN),
    '403': sees(403, ...ALL),
    '404': sees(404, ...ALL),
    '500': sees(500, ...ALL),
    '503': sees(503, ...ALL),
    nonsense: UNAVAILABLE,
    'half an answer': UNAVAILABLE,
    closes: UNAVAILABLE,
    away: UNAVAILABLE,
    hangs: UNAVAILABLE,
  },
  patienceSeconds: 2,
  ambiguousPath: 'refused',
  connections: 1,
};

export const HAPROXY: ProxyKind = {
  name: 'HAProxy',
  dialect: 'forward-auth',
  start: startHaproxy,
  asks: forwardAuth,
  sees: {
    '200': sees(200),
    '204': sees(500),
    '302': sees(302, ...WITH_LOGIN),
    '400': sees(400, ...ALL),
    '401': sees(401, ...ALL),
    '401, Location': sees(401, ...WITH_LOGIN),
    '403': sees(403, ...ALL),
    '404': sees(500),
    '500': sees(500),
    '503': UNAVAILABLE,
    nonsense: UNAVAILABLE,
    'half an answer': UNAVAILABLE,
    closes: UNAVAILABLE,
    away: UNAVAILABLE,
    hangs: UNAVAILABLE,
  },
  patienceSeconds: 2,
  ambiguousPath: 'refused',
  // One a thread, at most.
  connections: 8,
};

const TRAEFIK: ProxyKind = {
  name: 'Traefik',
  dialect: 'forward-auth',
  image: PROXY_IMAGES.Traefik,
  start: (decisionPort, appPort) => startTraefik(PROXY_IMAGES.Traefik, decisionPort, appPort),
  asks: forwardAuth,
  sees: {
    '200': sees(200),
    '204': sees(200),
    '302': sees(302, ...WITH_LOGIN),
    '400': sees(400, ...ALL),
    '401': sees(401, ...ALL),
    '401, Location': sees(401, ...WITH_LOGIN),
    '403': sees(403, ...ALL),
    '404': sees(404, ...ALL),
    '500': sees(500, ...ALL),
    '503': sees(503, ...ALL),
    nonsense: sees(500),
    'half an answer': sees(500),
    closes: sees(500),
    away: sees(500),
    hangs: sees(500),
  },
  patienceSeconds: 30,
  ambiguousPath: 'refused',
  connections: 2,
};

const ENVOY: ProxyKind = {
  name: 'Envoy',
  dialect: 'ext-authz',
  image: PROXY_IMAGES.Envoy,
  start: (decisionPort, appPort) => startEnvoy(PROXY_IMAGES.Envoy, decisionPort, appPort),
  asks: ({ port, method, uri, policy }) => ({
    line: `${method} /ext-authz/${policy}${uri} HTTP/1.1`,
    host: `127.0.0.1:${port}`,
    x_forwarded_proto: 'http',
    x_forwarded_for: '127.0.0.1',
  }),
  sees: {
    '200': sees(200),
    '204': sees(204, ...ALL),
    '302': sees(302, ...WITH_LOGIN),
    '400': sees(400, ...ALL),
    '401': sees(401, ...ALL),
    '401, Location': sees(401, ...WITH_LOGIN),
    '403': sees(403, ...ALL),
    '404': sees(404, ...ALL),
    '500': UNAVAILABLE,
    '503': UNAVAILABLE,
    nonsense: UNAVAILABLE,
    'half an answer': UNAVAILABLE,
    closes: UNAVAILABLE,
    away: UNAVAILABLE,
    hangs: UNAVAILABLE,
  },
  patienceSeconds: 2,
  ambiguousPath: 'either',
  connections: 4,
};

export const PROXIES: readonly ProxyKind[] = [NGINX, CADDY, HAPROXY, TRAEFIK, ENVOY];

/** A suite for every proxy. One that can't run here is skipped under a name that says so. */
export function describeProxies(about: string, suite: (proxy: ProxyKind) => void): void {
  for (const proxy of PROXIES) {
    const { name, image } = proxy;
    const runs = image === undefined || inject('proxyImages').includes(image);
    const title = runs ? `${name}, ${about}` : `${name}, ${about}: not run, for want of the image ${image}`;
    describe.skipIf(!runs)(title, () => suite(proxy));
  }
}
