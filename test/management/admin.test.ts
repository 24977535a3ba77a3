import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/schema.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createAdminApp } from '../../src/management/admin.ts';
import { createAuthentication } from '../../src/management/authentication.ts';
import { sessionRoutes } from '../../src/management/session-routes.ts';
import { manage, send } from '../support/http.ts';
import { ADMIN_TOKEN, type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess();
});
afterAll(() => postern.close());

const ask = (method: string, path: string, headers: readonly string[] = []) =>
  send(postern.ports.admin, { method, path, headers });

describe('paths and methods', () => {
  it.each([
    ['POST', '/livez', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['PUT', '/management/v4/default/sessions', 'GET, HEAD, POST, DELETE'],
    ['PATCH', `/management/v4/default/sessions/00.${'a'.repeat(43)}`, 'GET, HEAD, DELETE'],
    ['GET', `/management/v4/default/sessions/00.${'a'.repeat(43)}/rotate`, 'POST'],
  ])('%s %s is 405 and says what is taken', async (method, path, allow) => {
    const reply = await ask(method, path, ['Authorization', `Bearer ${ADMIN_TOKEN}`]);
    expect(reply.status).toBe(405);
    expect(reply.headers.allow).toBe(allow);
  });

  it('a trailing slash on a collection works', async () => {
    expect((await manage(postern.ports.admin, 'GET', '/default/sessions/?subject=ada')).status).toBe(200);
  });

  it.each(['/auth-request/default', '/forward-auth/default', '/nothing', '/'])(
    'LSN-05 there is no decision here: %s',
    async (path) => {
      for (const port of [postern.ports.admin, postern.ports.public]) {
        const reply = await send(port, { path });
        expect(reply.status).toBe(404);
        expect(reply.headers).not.toHaveProperty('x-auth-subject');
      }
    },
  );

  it.each(['/livez', '/readyz', '/metrics', '/openapi.json', '/management/v4/default/sessions'])(
    'LSN-05 the public listener has no %s',
    async (path) => {
      expect((await send(postern.ports.public, { path })).status).toBe(404);
    },
  );
});

describe('what it binds to', () => {
  it('LSN-08 by default, all three listeners are on loopback', () => {
    const { listen } = settingsSchema.parse({});
    for (const address of Object.values(listen)) expect(address).toMatchObject({ host: '127.0.0.1' });
  });

  it('LSN-08 in truth, only loopback answers', () => {
    for (const server of Object.values(postern.servers)) {
      expect(server.address()).toMatchObject({ address: '127.0.0.1' });
    }
  });
});

describe('health', () => {
  it('is alive and ready', async () => {
    expect((await ask('GET', '/livez')).status).toBe(200);
    const ready = await ask('GET', '/readyz');
    expect([ready.status, JSON.parse(ready.body)]).toEqual([200, { ready: true, store: 'up', warnings: [] }]);
  });

  it('LOG-03 the metrics count decisions, under names that no client can choose', async () => {
    const sent = [
      '/auth-request/default',
      '/auth-request/made-up-by-the-client',
      '/auth-request/default?made-up-too',
    ];
    for (const path of sent) {
      await send(postern.ports.decision, {
        path,
        headers: ['Cookie', 'session=made-up', 'X-Request-Id', 'made-up-id'],
      });
    }
    const { body, headers } = await ask('GET', '/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toContain(
      'postern_decisions_total{dialect="auth-request",policy="default",outcome="challenge",reason="foreign"} 2',
    );
    expect(body).toMatch(
      /^postern_decision_duration_seconds_count\{dialect="auth-request",outcome="challenge"\} 2$/m,
    );
    expect(body).toMatch(/^postern_unrouted_requests_total 1$/m);
    expect(body).toMatch(/^postern_store_up 1$/m);
    expect(body).not.toContain('made-up');
  });
});

describe('LSN-06 an error where none was expected', () => {
  const boom = () => {
    throw new Error('a secret detail');
  };

  it.each([
    ['at once', boom],
    ['later', async () => boom()],
  ])('that comes %s is 500, says nothing of itself, and is reported', async (_, fails) => {
    const reports: unknown[] = [];
    const app = createAdminApp({
      tenants: new Set(['default']),
      authenticate: createAuthentication(new Secret(ADMIN_TOKEN)),
      routes: sessionRoutes({
        table: { create: fails, rotate: fails, revoke: fails, revokeSubject: fails },
        directory: { find: fails, list: fails },
        cookie: { domains: [], name: 'session', path: '/', secure: true, sameSite: 'lax' },
        ttlSeconds: 60,
        idleSeconds: 60,
        fits: () => true,
        clock: () => 1_000,
      }),
      observe: () => undefined,
      readiness: fails,
      metrics: fails,
      report: (error) => void reports.push(error),
    });
    const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
    for (const path of ['/readyz', '/metrics', '/management/v4/default/sessions?subject=ada']) {
      const reply = await app.request(path, { headers });
      expect(reply.status).toBe(500);
      expect(await reply.text()).not.toContain('secret');
    }
    expect(reports).toHaveLength(3);
  });
});
