import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { send } from '../support/http.ts';
import { composeManagement, pathTo, rowsOf } from '../support/management.ts';
import { ADMIN_TOKEN, type InProcess, startInProcess } from '../support/postern.ts';

const { routes, close } = composeManagement();

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess();
});
afterAll(async () => {
  await postern.close();
  await close();
});

const WRONG = [
  [],
  ['Authorization', ADMIN_TOKEN],
  ['Authorization', 'Bearer '],
  ['Authorization', `Bearer ${ADMIN_TOKEN}x`],
  ['Authorization', `Bearer ${ADMIN_TOKEN.slice(1)}`],
  ['Authorization', `Bearer  ${ADMIN_TOKEN}`],
  ['Authorization', `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}`],
  ['Authorization', `Token ${ADMIN_TOKEN}`],
  ['Authorization', `Bearer ${ADMIN_TOKEN}`, 'Authorization', `Bearer ${ADMIN_TOKEN}`],
  ['Cookie', `session=${ADMIN_TOKEN}; Authorization=Bearer ${ADMIN_TOKEN}`],
  ['Proxy-Authorization', `Bearer ${ADMIN_TOKEN}`],
];

const refuses = async (method: string, path: string) => {
  for (const headers of WRONG) {
    const reply = await send(postern.ports.admin, { method, path, headers });
    expect([headers, reply.status]).toEqual([headers, 401]);
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="management"');
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.headers).not.toHaveProperty('allow');
    if (method !== 'HEAD') expect(reply.headers['content-type']).toBe('application/problem+json');
  }
};

describe('ADM-01 who may manage is only who has the credential', () => {
  it.each(rowsOf(routes))('%s', async (_, route) => {
    await refuses(route.method, pathTo(route));
    const headers = ['Authorization', `Bearer ${ADMIN_TOKEN}`];
    const { status } = await send(postern.ports.admin, {
      method: route.method,
      path: pathTo(route),
      headers,
    });
    expect([401, 405]).not.toContain(status);
  });

  it.each([...new Set(routes.map(pathTo))])('also with a method that %s does not take', async (path) => {
    for (const method of ['HEAD', 'PATCH', 'OPTIONS']) await refuses(method, path);
  });

  it.each([
    '/management',
    '/management/',
    '/management/v4',
    '/management/v4/default',
    '/management/v4/default/nothing',
    '/management/v4/nobody/sessions',
    '/management/v5/default/sessions',
  ])('also where there is nothing: %s', async (path) => {
    await refuses('GET', path);
    const headers = ['Authorization', `Bearer ${ADMIN_TOKEN}`];
    expect((await send(postern.ports.admin, { path, headers })).status).toBe(404);
  });
});

describe('a caller with an access token', () => {
  const token = { Authorization: 'Bearer of-an-application' };
  const list = '/management/v4/acme/sessions?subject=ada';

  it('manages the tenant that its token is for, and no other, under its client id', async () => {
    const management = composeManagement(async (tenant, presented) =>
      tenant === 'acme' && presented === 'of-an-application' ? 'client-1' : undefined,
    );
    const path = '/management/v4/acme/sessions?subject=ada';
    expect((await management.ask('DELETE', path, undefined, token)).status).toBe(204);
    expect(management.events).toEqual([
      { actor: 'client-1', operation: 'revokeSessionsOfSubject', tenant: 'acme', status: 204 },
    ]);
    const other = path.replace('acme', 'default');
    expect((await management.ask('DELETE', other, undefined, token)).status).toBe(401);
    expect((await management.ask('DELETE', path, undefined, { Authorization: 'Bearer x' })).status).toBe(401);
    await management.close();
  });

  it('is not looked for where there is no token, no such tenant, or the admin token', async () => {
    const asked: string[] = [];
    const management = composeManagement(async (tenant) => {
      asked.push(tenant);
      return 'client-1';
    });
    const status = async (path: string, headers: object) =>
      (await management.ask('GET', path, undefined, headers)).status;
    expect(await status(list, { Authorization: '' })).toBe(401);
    expect(await status(list, { Authorization: 'Basic of-an-application' })).toBe(401);
    for (const tenant of ['nobody', '__proto__', 'ACME', 'acme%2f']) {
      expect(await status(list.replace('acme', tenant), token)).toBe(401);
    }
    expect(await status('/management', token)).toBe(401);
    expect(await status(list, {})).toBe(200);
    expect(asked).toEqual([]);
    expect(await status(list, token)).toBe(200);
    expect(asked).toEqual(['acme']);
    await management.close();
  });

  it.each<[string, () => Error, number, number]>([
    ['the store cannot tell', () => new CannotTell('store_unavailable', 'away'), 503, 0],
    ['something is broken', () => new Error('a secret detail'), 500, 1],
  ])('is not let in where %s', async (_, fault, status, reported) => {
    const management = composeManagement(async () => {
      throw fault();
    });
    const reply = await management.ask('GET', list, undefined, token);
    expect(reply.status).toBe(status);
    expect(await reply.text()).not.toContain('secret');
    expect(management.calls).toEqual([]);
    expect(management.reports).toHaveLength(reported);
    expect((await management.ask('GET', list)).status).toBe(200);
    await management.close();
  });
});
