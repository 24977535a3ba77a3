import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, send } from '../support/http.ts';
import { composeManagement, isAt, pathTo, rowsOf } from '../support/management.ts';
import { ADMIN_TOKEN, type InProcess, startInProcess } from '../support/postern.ts';

const management = composeManagement();

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess();
});
afterAll(async () => {
  await postern.close();
  await management.close();
});

const AS_ADMIN = ['Authorization', `Bearer ${ADMIN_TOKEN}`];
const status = async (method: string, path: string, headers: readonly string[] = AS_ADMIN) =>
  (await send(postern.ports.admin, { method, path, headers })).status;

describe('a method that a path does not take', () => {
  it.each([...new Set(management.routes.map(pathTo))])('is 405 with what it takes: %s', async (path) => {
    const taken = management.routes.filter((route) => isAt(path, route)).map(({ method }) => method);
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
    const takes = (method: string) => taken.some((known) => known === method.replace('HEAD', 'GET'));
    for (const method of [...methods, 'OPTIONS'].filter((known) => !takes(known))) {
      const reply = await management.ask(method, path);
      expect([method, reply.status]).toEqual([method, 405]);
      expect(reply.headers.get('Allow')).toBe(methods.filter(takes).join(', '));
    }
  });
});

describe('ADM-09 another spelling of a path', () => {
  it.each([
    ['/management/v4/default/sessions', 401, 200],
    ['/management/v4/default/sessions/', 401, 200],
    ['/management/v4/default/%73essions', 401, 200],
    ['/management/v4/d%65fault/sessions', 401, 200],
    ['/%6danagement/v4/default/sessions', 401, 200],
    ['/livez/../management/v4/default/sessions', 401, 200],
    ['/livez/%2e%2e/management/v4/default/sessions', 401, 200],
    ['http://127.0.0.1/management/v4/default/sessions', 401, 200],
    ['/management/v4/default//sessions', 401, 404],
    ['/management/v4//default/sessions', 401, 404],
    ['/management//v4/default/sessions', 401, 404],
    ['/management/v4/default/sessions//', 401, 404],
    ['/management/v4/default/Sessions', 401, 404],
    ['/management/v4/Default/sessions', 401, 404],
    ['/management/v4/default/sessions/..', 401, 404],
    ['/management/v4/default/sessions/%2e%2e', 401, 404],
    ['/management/v4/default/sessions%2f', 401, 404],
    ['/management/v4/default/sessions%2F..', 401, 404],
    ['/management/v4/default/sessions%252f', 401, 404],
    ['/management/v4/default/%2573essions', 401, 404],
    ['/management/v4/default/sessions;x=/', 401, 404],
    ['/management/v4/default/sessions%00', 401, 404],
    ['/management/v4/default%2fsessions', 401, 404],
    ['//management/v4/default/sessions', 404, 404],
    ['/Management/v4/default/sessions', 404, 404],
    ['/management%2fv4/default/sessions', 404, 404],
    ['/livez/management/v4/default/sessions', 404, 404],
  ])('%s is %i to a stranger, and %i to the admin', async (path, stranger, admin) => {
    expect(await status('GET', `${path}?subject=ada`, [])).toBe(stranger);
    expect(await status('GET', `${path}?subject=ada`)).toBe(admin);
  });

  it('revokes nothing that the plain one does not name', async () => {
    const session = await createSession(postern.ports.admin, { subject: 'ada' });
    const path = `/management/v4/default/sessions/${session.id}`;
    for (const other of ['%2f', '/x', '%00', '%20', '//', '%252e', '/rotate', '/.%2e', '/.%2e/']) {
      const answer = await status('DELETE', path + other);
      expect([400, 404, 405]).toContain(answer);
    }
    expect(await status('GET', path)).toBe(200);
  });
});

describe('ADM-07 a header or a parameter that names another method', () => {
  const names = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method'];

  it.each(names)('is not listened to: %s', async (name) => {
    const { id } = await createSession(postern.ports.admin, { subject: 'ada' });
    const path = `/management/v4/default/sessions/${id}`;
    const override = [...AS_ADMIN, name, 'DELETE'];
    expect(await status('GET', `${path}?${name}=DELETE`, override)).toBe(200);
    expect(await status('POST', `${path}?${name}=DELETE`, override)).toBe(405);
    expect(await status('POST', '/management/v4/default/sessions?subject=ada', override)).toBe(400);
    expect(await status('GET', path)).toBe(200);
  });
});

describe('ADM-05 a page of another origin', () => {
  const cors = {
    Origin: 'https://evil.example',
    'Access-Control-Request-Method': 'DELETE',
    'Access-Control-Request-Headers': 'authorization',
  };

  it.each([
    ...rowsOf(management.routes).map(([name, route]) => [name, pathTo(route)] as const),
    ...['/livez', '/readyz', '/metrics', '/openapi.json', '/nothing'].map((path) => [path, path] as const),
  ])('may read nothing, and nobody may keep it: %s', async (_, path) => {
    for (const method of ['OPTIONS', 'GET', 'POST', 'DELETE']) {
      const { headers } = await management.ask(method, path, undefined, cors);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers.get('Cache-Control')).toBe('no-store');
    }
  });
});
