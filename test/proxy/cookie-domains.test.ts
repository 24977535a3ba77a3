import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSetCookie } from 'cookie';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearerOf, cookieOf, createSession, manage, send } from '../support/http.ts';
import { askingFor, DIALECT_NAMES, type DialectName, type Original } from '../support/original.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({
    session: { cookie: { domains: ['a.example', 'b.example'] } },
    policies: {
      default: {},
      open: { anonymous: true },
      shop: { rules: [{ host: 'app.b.example', path: '/**' }, { path: '/**' }] },
    },
  });
});
afterAll(() => postern.close());

const create = (body: object = {}, at = postern) =>
  createSession(at.ports.admin, { subject: 'ada', ...body });

async function ask(dialect: DialectName, original: Original, headers: readonly string[], policy = 'default') {
  const asking = askingFor(dialect, original, policy);
  return send(postern.ports.decision, { ...asking, headers: [...asking.headers, ...headers] });
}

describe.each(DIALECT_NAMES)('SES-11 a session of one of several domains, behind %s', (dialect) => {
  it.each(['default', 'shop'])(
    'counts there and below, and nowhere else, by the policy %s',
    async (policy) => {
      const cookie = cookieOf(await create());
      const statusAt = async (host: string) => (await ask(dialect, { host }, cookie, policy)).status;
      for (const host of ['a.example', 'app.a.example', 'x.y.a.example:8443', 'APP.A.EXAMPLE.']) {
        expect([host, await statusAt(host)]).toEqual([host, 200]);
      }
      for (const host of ['b.example', 'app.b.example', 'evila.example', 'a.example.evil', 'example']) {
        expect([host, await statusAt(host)]).toEqual([host, 401]);
      }
    },
  );

  it('counts nowhere else as a Bearer token either', async () => {
    const bearer = bearerOf(await create());
    expect((await ask(dialect, { host: 'app.a.example' }, bearer)).status).toBe(200);
    expect((await ask(dialect, { host: 'app.b.example' }, bearer)).status).toBe(401);
  });

  it('is nobody on another one where anybody may pass', async () => {
    const cookie = cookieOf(await create());
    const reply = await ask(dialect, { host: 'app.b.example' }, cookie, 'open');
    expect([reply.status, reply.headers['x-auth-subject']]).toEqual([200, '']);
  });
});

describe('SES-11 where the host is not known', () => {
  it('a session that is bound to one counts nowhere', async () => {
    const cookie = cookieOf(await create());
    expect(
      (await send(postern.ports.decision, { path: '/auth-request/default', headers: cookie })).status,
    ).toBe(401);
    const headers = [...cookie, 'X-Forwarded-Host', 'app.a.example', 'Host', 'app.a.example'];
    expect((await send(postern.ports.decision, { path: '/auth-request/default', headers })).status).toBe(401);
  });
});

describe('SES-11 creating a session', () => {
  it('sets its cookie for the first domain, or for the one that is asked for', async () => {
    const [first, second] = [await create(), await create({ domain: 'b.example' })];
    expect(parseSetCookie(first.setCookie).domain).toBe('a.example');
    expect(parseSetCookie(first.clearCookie).domain).toBe('a.example');
    expect(parseSetCookie(second.setCookie).domain).toBe('b.example');
    expect(parseSetCookie(second.clearCookie).domain).toBe('b.example');
    expect((await ask('forward-auth', { host: 'b.example' }, cookieOf(second))).status).toBe(200);
    const shown = await manage(postern.ports.admin, 'GET', `/default/sessions/${second.id}`);
    expect(JSON.parse(shown.body).cookieDomain).toBe('b.example');
  });

  it.each(['c.example', 'app.a.example', 'A.EXAMPLE', '', '.a.example'])(
    'refuses a domain that is none of them: %j',
    async (domain) => {
      const reply = await manage(postern.ports.admin, 'POST', '/default/sessions', {
        subject: 'ada',
        domain,
      });
      expect(reply.status).toBe(400);
      expect(JSON.parse(reply.body).errors).toEqual([
        { path: 'domain', message: 'must be one of a.example, b.example' },
      ]);
    },
  );

  it('keeps its domain when it is rotated', async () => {
    const old = await create({ domain: 'b.example' });
    const reply = await manage(postern.ports.admin, 'POST', `/default/sessions/${old.id}/rotate`, {});
    const next = JSON.parse(reply.body);
    expect(parseSetCookie(next.setCookie).domain).toBe('b.example');
    expect((await ask('forward-auth', { host: 'b.example' }, cookieOf(next))).status).toBe(200);
    expect((await ask('forward-auth', { host: 'a.example' }, cookieOf(next))).status).toBe(401);
    const other = { domain: 'a.example' };
    const refused = await manage(postern.ports.admin, 'POST', `/default/sessions/${next.id}/rotate`, other);
    expect(refused.status).toBe(400);
  });
});

describe('with one domain, or none', () => {
  it('SES-01 a session is bound to nothing, and needs no host', async () => {
    const one = await startInProcess({ session: { cookie: { domains: ['a.example'] } } });
    const none = await startInProcess();
    const [bound, free] = [await create({ domain: 'a.example' }, one), await create({}, none)];
    expect(parseSetCookie(bound.setCookie).domain).toBe('a.example');
    expect(parseSetCookie(free.setCookie).domain).toBeUndefined();
    for (const [at, session] of [[one, bound] as const, [none, free] as const]) {
      const headers = cookieOf(session);
      expect((await send(at.ports.decision, { path: '/auth-request/default', headers })).status).toBe(200);
    }
    const refused = await manage(none.ports.admin, 'POST', '/default/sessions', {
      subject: 'ada',
      domain: 'a.example',
    });
    expect(JSON.parse(refused.body).errors).toEqual([{ path: 'domain', message: 'the settings name none' }]);
    await one.close();
    await none.close();
  });
});

describe('SES-11 where several domains became one', () => {
  it('a session of that time still counts at its own, and nowhere else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-domains-'));
    const start = (domains: string[]) =>
      startInProcess({ storeUrl: `sqlite:${join(folder, 'test.db')}`, session: { cookie: { domains } } });
    const before = await start(['a.example', 'b.example']);
    const cookies = [await create({}, before), await create({ domain: 'b.example' }, before)].map(cookieOf);
    await before.close();
    const after = await start(['a.example']);
    const statuses = cookies.map(async (cookie) => {
      const { path, headers } = askingFor('forward-auth', { host: 'app.a.example' });
      return (await send(after.ports.decision, { path, headers: [...headers, ...cookie] })).status;
    });
    expect(await Promise.all(statuses)).toEqual([200, 401]);
    await after.close();
    await rm(folder, { recursive: true });
  });
});

describe('a WebSocket', () => {
  const UPGRADE = ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'];

  it.each(DIALECT_NAMES)(
    'SES-12 is decided at its handshake like any request, behind %s',
    async (dialect) => {
      const session = await create();
      const socket = { host: 'app.a.example', scheme: 'wss' };
      const reply = await ask(dialect, socket, [...UPGRADE, ...cookieOf(session)]);
      expect(reply.status).toBe(200);
      expect(reply.headers['x-auth-expires-at']).toBe(String(session.expiresAt));
      expect((await ask(dialect, socket, UPGRADE)).status).toBe(401);
      await manage(postern.ports.admin, 'DELETE', `/default/sessions/${session.id}`);
      expect((await ask(dialect, socket, [...UPGRADE, ...cookieOf(session)])).status).toBe(401);
    },
  );
});
