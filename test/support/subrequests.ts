type Subrequest = {
  readonly dialect: string;
  readonly write: (policy: string, credential: string) => readonly string[];
};

const lowerCaseName = (field: string) => field.replace(/^[^:]+/, (name) => name.toLowerCase());

/** What each proxy writes on the wire to ask, of a client's `POST https://app.example.com/orders?id=1` with this field. */
export const SUBREQUESTS: Readonly<Record<string, Subrequest>> = {
  'nginx, deploy/nginx': {
    dialect: 'auth-request',
    write: (policy, credential) => [
      `GET /auth-request/${policy} HTTP/1.1`,
      'X-Request-Id: 3c1f0b7d5e0a4f1b9c2d8e7f6a5b4c3d',
      'X-Original-URL: https://app.example.com/orders?id=1',
      'X-Original-Method: POST',
      'X-Forwarded-For: 203.0.113.7',
      'Host: postern',
      'User-Agent: curl/8.5.0',
      'Accept: */*',
      credential,
    ],
  },
  'ingress-nginx': {
    dialect: 'auth-request',
    write: (policy, credential) => [
      `GET /auth-request/${policy} HTTP/1.1`,
      'X-Forwarded-Proto: https',
      'X-Request-ID: 3c1f0b7d5e0a4f1b9c2d8e7f6a5b4c3d',
      'Host: postern.postern.svc.cluster.local',
      'X-Original-URL: https://app.example.com/orders?id=1',
      'X-Original-Method: POST',
      'X-Sent-From: nginx-ingress-controller',
      'X-Real-IP: 203.0.113.7',
      'X-Forwarded-For: 203.0.113.7',
      'X-Auth-Request-Redirect: /orders?id=1',
      'Connection: close',
      'User-Agent: curl/8.5.0',
      'Accept: */*',
      credential,
    ],
  },
  'Traefik, ForwardAuth': {
    dialect: 'forward-auth',
    write: (policy, credential) => [
      `GET /forward-auth/${policy} HTTP/1.1`,
      'Host: postern:4180',
      'User-Agent: curl/8.5.0',
      'Accept: */*',
      credential,
      'X-Forwarded-For: 203.0.113.7',
      'X-Forwarded-Host: app.example.com',
      'X-Forwarded-Method: POST',
      'X-Forwarded-Port: 443',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Server: 4f0c6f3f1d2a',
      'X-Forwarded-Uri: /orders?id=1',
      'X-Real-Ip: 203.0.113.7',
      'Accept-Encoding: gzip',
    ],
  },
  'Traefik, deploy/traefik': {
    dialect: 'forward-auth',
    write: (policy, credential) => [
      `GET /forward-auth/${policy} HTTP/1.1`,
      'Host: postern:4180',
      'User-Agent: Go-http-client/1.1',
      credential,
      'X-Forwarded-For: 203.0.113.7',
      'X-Forwarded-Host: app.example.com',
      'X-Forwarded-Method: POST',
      'X-Forwarded-Port: 443',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Uri: /orders?id=1',
      'Accept-Encoding: gzip',
    ],
  },
  'Caddy, forward_auth': {
    dialect: 'forward-auth',
    write: (policy, credential) => [
      `GET /forward-auth/${policy} HTTP/1.1`,
      'Host: app.example.com',
      'User-Agent: curl/8.5.0',
      'Accept: */*',
      credential,
      'X-Forwarded-For: 203.0.113.7',
      'X-Forwarded-Host: app.example.com',
      'X-Forwarded-Method: POST',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Uri: /orders?id=1',
      'Accept-Encoding: gzip',
    ],
  },
  'HAProxy, deploy/haproxy': {
    dialect: 'forward-auth',
    write: (policy, credential) => [
      `GET /forward-auth/${policy} HTTP/1.1`,
      'x-forwarded-for: 203.0.113.7',
      'x-forwarded-uri: /orders?id=1',
      'x-request-id: 00d02be1-475b-45b6-a68b-be5e60dfacc1',
      'x-forwarded-method: POST',
      'x-forwarded-proto: https',
      'x-forwarded-host: app.example.com',
      lowerCaseName(credential),
      'host: postern',
      'accept: */*',
      'user-agent: HAProxy',
    ],
  },
  'HAProxy, auth-request.lua': {
    dialect: 'forward-auth',
    write: (policy, credential) => [
      `HEAD /forward-auth/${policy} HTTP/1.1`,
      'host: 127.0.0.1:4180',
      lowerCaseName(credential),
      'x-forwarded-host: app.example.com',
      'connection: close',
    ],
  },
  'Envoy, deploy/envoy': {
    dialect: 'ext-authz',
    write: (policy, credential) => [
      `POST /ext-authz/${policy}/orders?id=1 HTTP/1.1`,
      'host: app.example.com',
      'content-length: 0',
      lowerCaseName(credential),
      'x-forwarded-for: 203.0.113.7',
      'x-forwarded-proto: https',
      'x-request-id: 9c1e3a6e-5a4b-4a86-8f64-6d0f6b7c2a11',
      'x-envoy-internal: true',
      'x-envoy-expected-rq-timeout-ms: 2000',
    ],
  },
};
