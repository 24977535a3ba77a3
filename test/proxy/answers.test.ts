import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDENTITY_HEADER_NAMES } from '../../src/proxy/presets.ts';
import { bearerOf, cookieOf, createSession, type NewSession, type Reply, send } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let ada: NewSession;
beforeAll(async () => {
  postern = await startInProcess({
    policies: {
      default: {},
      open: { anonymous: true },
      scoped: { scope: ['orders:read', 'orders:write'] },
      admins: { roles: ['admin'] },
      fresh: { maxAuthAgeSeconds: 60 },
    },
  });
  ada = await createSession(postern.ports.admin, { subject: 'ada', authenticatedAt: 1 });
});
afterAll(() => postern.close());

const ask = (path: string, headers: readonly string[] = [], method = 'GET') =>
  send(postern.ports.decision, { method, path, headers });

/** Of an outcome: how to bring it about, and what each dialect answers. */
const OUTCOMES: ReadonlyArray<
  [
    name: string,
    policy: string,
    headers: () => readonly string[],
    nginx: number,
    traefik: number,
    challenge?: string,
  ]
> = [
  ['allow', 'default', () => cookieOf(ada), 200, 200],
  ['allow, anonymous', 'open', () => [], 200, 200],
  ['challenge', 'default', () => [], 401, 401, 'Bearer realm="default"'],
  ['challenge of a cookie', 'default', () => ['Cookie', 'session=x'], 401, 401, 'Bearer realm="default"'],
  [
    'challenge of a token',
    'default',
    () => ['Authorization', 'Bearer x'],
    401,
    401,
    'Bearer realm="default", error="invalid_token"',
  ],
  [
    'reauthenticate',
    'fresh',
    () => bearerOf(ada),
    401,
    401,
    'Bearer realm="default", error="insufficient_user_authentication", max_age="60"',
  ],
  [
    'forbid, scope',
    'scoped',
    () => bearerOf(ada),
    403,
    403,
    'Bearer realm="default", error="insufficient_scope", scope="orders:read orders:write"',
  ],
  [
    'forbid, role',
    'admins',
    () => bearerOf(ada),
    403,
    403,
    'Bearer realm="default", error="insufficient_scope"',
  ],
  [
    'malformed credential',
    'default',
    () => ['Authorization', 'Bearer'],
    401,
    400,
    'Bearer realm="default", error="invalid_request"',
  ],
];

const identityOf = ({ rawHeaders }: Reply) =>
  rawHeaders.filter((name) => name.toLowerCase().startsWith('x-auth-'));

describe.each(OUTCOMES)('%s', (_, policy, headers, nginx, traefik, challenge) => {
  const isAllowed = nginx === 200;

  it.each([
    ['auth-request', nginx],
    ['forward-auth', traefik],
  ])('is answered to %s with %i', async (dialect, status) => {
    const reply = await ask(`/${dialect}/${policy}`, headers());
    expect(reply.status).toBe(status);
    expect(reply.body).toBe('');
    expect(reply.headers['content-length']).toBe('0');
    expect(reply.headers).not.toHaveProperty('transfer-encoding');
    expect(reply.headers['www-authenticate']).toBe(challenge);
  });

  it(`HDR-03 carries ${isAllowed ? 'every identity header' : 'no identity header'}`, async () => {
    const names = identityOf(await ask(`/forward-auth/${policy}`, headers()));
    expect(names).toEqual(isAllowed ? IDENTITY_HEADER_NAMES : []);
  });

  it('HDR-04 echoes nothing that the client sent', async () => {
    const sent = [
      'X-Auth-Subject',
      'forged',
      'X-Auth-Roles',
      'forged',
      'X-Forged',
      'forged',
      'Cookie2',
      'forged',
    ];
    const reply = await ask(`/forward-auth/${policy}`, [...headers(), ...sent]);
    expect(reply.rawHeaders.join('\n')).not.toContain('forged');
  });

  it('HDR-14 is not to be stored', async () => {
    const reply = await ask(`/forward-auth/${policy}`, headers());
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.headers).not.toHaveProperty('vary');
    expect(reply.headers).not.toHaveProperty('set-cookie');
  });

  it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'])(
    'HDR-15 is the same for %s as for GET',
    async (method) => {
      const withoutDate = ({ status, rawHeaders }: Reply) => [
        status,
        rawHeaders.toSpliced(rawHeaders.indexOf('Date'), 2),
      ];
      const [got, other] = [
        await ask(`/auth-request/${policy}`, headers()),
        await ask(`/auth-request/${policy}`, headers(), method),
      ];
      expect(withoutDate(other)).toEqual(withoutDate(got));
    },
  );
});

describe('health checks and tokens out of place', () => {
  it.each(['GoogleHC/1.0', 'kube-probe/1.30', 'ELB-HealthChecker/2.0'])(
    'LSN-01 %s is a client like any other',
    async (agent) => {
      for (const dialect of ['auth-request', 'forward-auth']) {
        expect((await ask(`/${dialect}/default`, ['User-Agent', agent])).status).toBe(401);
      }
    },
  );

  it('OPQ-07 a token in the query or the body is no credential', async () => {
    expect((await ask(`/auth-request/default?access_token=${ada.token}`)).status).toBe(401);
    const headers = ['Content-Type', 'application/x-www-form-urlencoded'];
    const body = `access_token=${ada.token}`;
    expect(
      (await send(postern.ports.decision, { method: 'POST', path: '/auth-request/default', headers, body }))
        .status,
    ).toBe(401);
  });

  it('OPQ-06 the id of a session is no credential', async () => {
    expect((await ask('/auth-request/default', ['Cookie', `session=${ada.id}`])).status).toBe(401);
    expect((await ask('/auth-request/default', ['Authorization', `Bearer ${ada.id}`])).status).toBe(401);
  });

  it('SES-02 two session cookies are counted as what they are', async () => {
    const reply = await ask('/auth-request/default', [
      'Cookie',
      `session=${ada.token}; session=${ada.token}`,
    ]);
    expect(reply.status).toBe(401);
    const counted =
      'postern_decisions_total{dialect="auth-request",policy="default",outcome="malformed-credential",reason="several_session_cookies"} 1';
    expect(await postern.metrics()).toContain(counted);
  });

  it('OPQ-08 of two users, the one of the Bearer token passes', async () => {
    const bob = await createSession(postern.ports.admin, { subject: 'bob' });
    const reply = await ask('/auth-request/default', [...cookieOf(ada), ...bearerOf(bob)]);
    expect(reply.headers['x-auth-subject']).toBe('bob');
  });
});
