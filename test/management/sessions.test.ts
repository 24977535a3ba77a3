import { parseSetCookie } from 'cookie';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { bearerOf, cookieOf, createSession, manage, send } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({
    tenants: { default: {}, acme: {} },
    session: { cookie: { name: '__Host-session' }, ttlSeconds: 7_200, idleSeconds: 600 },
    policies: { default: {}, acme: { tenant: 'acme' }, admins: { roles: ['admin'] } },
  });
});
afterAll(() => postern.close());

const call = (method: string, path: string, body?: unknown) =>
  manage(postern.ports.admin, method, path, body);
const create = (body: object = {}, tenant?: string) =>
  createSession(postern.ports.admin, { subject: 'ada', ...body }, tenant);
const parse = ({ body }: { body: string }) => JSON.parse(body);
const decide = async ({ token }: { token: string }, policy = 'default') =>
  (await send(postern.ports.decision, { path: `/forward-auth/${policy}`, headers: bearerOf({ token }) }))
    .status;

describe('creating a session', () => {
  it('gives its token this once, its id and its end, and the session is live at once', async () => {
    const created = await create();
    expect(Object.keys(created)).toEqual(['id', 'token', 'expiresAt', 'setCookie', 'clearCookie']);
    expect(Math.abs(created.expiresAt - systemClock() - 7_200)).toBeLessThan(10);
    expect(await decide(created)).toBe(200);
    const shown = await call('GET', `/default/sessions/${created.id}`);
    expect(shown.body).not.toContain(created.token);
    expect(shown.headers['cache-control']).toBe('no-store');
  });

  it('keeps what it was given', async () => {
    const given = {
      roles: ['staff'],
      scope: ['orders:read'],
      audience: ['https://api.example.com/orders'],
      amr: ['pwd', 'otp'],
      authenticatedAt: 1_700_000_000,
      claims: { email: 'ada@example.com', name: 'Ada', level: 3, tags: ['a', null, true] },
      idleSeconds: 60,
    };
    const { id, expiresAt } = await create({ ...given, ttlSeconds: 100 });
    const shown = parse(await call('GET', `/default/sessions/${id}`));
    expect(shown).toMatchObject({
      id,
      tenant: 'default',
      subject: 'ada',
      subjectType: 'user',
      expiresAt,
      ...given,
    });
    expect(shown.expiresAt - shown.createdAt).toBe(100);
  });

  it('SES-01 sets a cookie that scripts cannot read and that travels to this host alone', async () => {
    const { setCookie, clearCookie, token } = await create();
    expect(setCookie).toBe(`__Host-session=${token}; Max-Age=7200; Path=/; HttpOnly; Secure; SameSite=Lax`);
    expect(clearCookie).toBe('__Host-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax');
  });

  it('SES-01 names a domain where the settings do, and works with a plain name', async () => {
    const other = await startInProcess({
      session: { cookie: { domains: ['example.com'], path: '/app', secure: false, sameSite: 'strict' } },
    });
    const { setCookie } = await createSession(other.ports.admin, { subject: 'ada' });
    expect(parseSetCookie(setCookie)).toMatchObject({
      name: 'session',
      domain: 'example.com',
      path: '/app',
      sameSite: 'strict',
      httpOnly: true,
    });
    expect(setCookie).not.toContain('Secure');
    await other.close();
  });

  it.each<[string, unknown, string]>([
    ['no subject', {}, 'subject'],
    ['an empty subject', { subject: '' }, 'subject'],
    ['a subject of another type', { subject: ['ada'] }, 'subject'],
    ['a subject too long', { subject: 'a'.repeat(256) }, 'subject'],
    ['an unknown field', { subject: 'ada', admin: true }, ''],
    ['the tenant in the body', { subject: 'ada', tenant: 'acme' }, ''],
    ['a scope with a space', { subject: 'ada', scope: ['a b'] }, 'scope.0'],
    ['roles that are no list', { subject: 'ada', roles: 'staff' }, 'roles'],
    ['an empty role', { subject: 'ada', roles: [''] }, 'roles.0'],
    ['a life of nothing', { subject: 'ada', ttlSeconds: 0 }, 'ttlSeconds'],
    ['half a second', { subject: 'ada', ttlSeconds: 0.5 }, 'ttlSeconds'],
    ['a login in the future', { subject: 'ada', authenticatedAt: 99_999_999_999 }, 'authenticatedAt'],
    ['an e-mail that is no text', { subject: 'ada', claims: { email: 1 } }, 'claims.email'],
    ['a claim that is an object', { subject: 'ada', claims: { address: {} } }, 'claims.address'],
    ['a claim whose name begins with no letter', { subject: 'ada', claims: { __x: 1 } }, 'claims.__x'],
    ['claims larger than 8 KiB', { subject: 'ada', claims: { x: 'x'.repeat(8_200) } }, 'claims'],
    ['a list', [], ''],
    ['null', null, ''],
  ])('refuses %s with 400, and says where', async (_, body, path) => {
    const reply = await call('POST', '/default/sessions', body);
    expect(reply.status).toBe(400);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(parse(reply)).toMatchObject({ type: 'about:blank', title: 'Bad Request', status: 400 });
    expect(parse(reply).errors.map((fault: { path: string }) => fault.path)).toContain(path);
  });

  it.each(['{"subject":"ada","__proto__":{}}', '{"subject":"ada","claims":{"__proto__":"x"}}'])(
    'ADM-11 refuses a member named __proto__: %s',
    async (text) => {
      expect((await call('POST', '/default/sessions', JSON.parse(text))).status).toBe(400);
    },
  );

  it('HDR-12 refuses an identity that proxies would choke on', async () => {
    const reply = await call('POST', '/default/sessions', {
      subject: 'ada',
      claims: { name: '日'.repeat(400) },
    });
    expect(reply.status).toBe(400);
    expect(parse(reply).detail).toContain('3 KiB');
  });

  it.each([
    ['no JSON', 400, 'application/json', '{"subject":'],
    ['a form', 415, 'application/x-www-form-urlencoded', 'subject=ada'],
    ['text', 415, 'text/plain', '{"subject":"ada"}'],
    ['no type', 415, '', '{"subject":"ada"}'],
    ['more than 64 KiB', 413, 'application/json', JSON.stringify({ subject: 'a'.repeat(70_000) })],
  ])('refuses a body that is %s with %i, and quotes none of it', async (_, status, type, body) => {
    const { token } = await create();
    const headers = [
      'Authorization',
      `Bearer the-admin-token-of-the-tests-and-of-nothing-else`,
      ...(type === '' ? [] : ['Content-Type', type]),
    ];
    const sent = body.replace('ada', token);
    const reply = await send(postern.ports.admin, {
      method: 'POST',
      path: '/management/v4/default/sessions',
      headers,
      body: sent,
    });
    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.body).not.toContain(token);
  });
});

describe('rotating a session', () => {
  it('SES-06 SES-07 gives a new token and id; the old ones are dead', async () => {
    const old = await create({ roles: ['staff'], scope: ['a'] });
    expect(await decide(old, 'admins')).toBe(403);
    const reply = await call('POST', `/default/sessions/${old.id}/rotate`, {
      roles: ['admin'],
      amr: ['otp'],
    });
    expect(reply.status).toBe(200);
    const next = parse(reply);
    expect(next.id).not.toBe(old.id);
    expect(next.expiresAt).toBe(old.expiresAt);
    expect(next.setCookie).toContain(next.token);
    expect(await decide(old)).toBe(401);
    expect(await decide(next, 'admins')).toBe(200);
    const shown = parse(await call('GET', `/default/sessions/${next.id}`));
    expect(shown).toMatchObject({ subject: 'ada', roles: ['admin'], scope: ['a'], amr: ['otp'] });
    expect((await call('GET', `/default/sessions/${old.id}`)).status).toBe(404);
    expect((await call('POST', `/default/sessions/${old.id}/rotate`)).status).toBe(404);
  });

  it('SES-06 an id that an attacker fixed before the login is worth nothing after it', async () => {
    const planted = await create();
    const loggedIn = parse(
      await call('POST', `/default/sessions/${planted.id}/rotate`, { authenticatedAt: 1_700_000_000 }),
    );
    expect(await decide(planted)).toBe(401);
    expect(await decide(loggedIn)).toBe(200);
  });

  it('needs no body, and refuses what would change who it is', async () => {
    const session = await create();
    expect((await call('POST', `/default/sessions/${session.id}/rotate`, { subject: 'root' })).status).toBe(
      400,
    );
    expect((await call('POST', `/default/sessions/${session.id}/rotate`)).status).toBe(200);
  });
});

describe('revoking', () => {
  it('SES-08 one session ends it everywhere and for ever, and can be repeated', async () => {
    const session = await create();
    for (const _ of [1, 2]) {
      const reply = await call('DELETE', `/default/sessions/${session.id}`);
      expect([reply.status, reply.body]).toEqual([204, '']);
      expect(await decide(session)).toBe(401);
    }
    expect((await call('GET', `/default/sessions/${session.id}`)).status).toBe(404);
  });

  it('all sessions of a subject ends those, and no other', async () => {
    const [one, two, other] = [
      await create({ subject: 'eve' }),
      await create({ subject: 'eve' }),
      await create(),
    ];
    expect((await call('DELETE', '/default/sessions?subject=eve')).status).toBe(204);
    expect([await decide(one), await decide(two), await decide(other)]).toEqual([401, 401, 200]);
    expect(await decide(await create({ subject: 'eve' }))).toBe(200);
  });

  it('without a subject, or with two, revokes nobody', async () => {
    const session = await create();
    for (const query of ['', '?subject=', '?subject=ada&subject=eve', '?subjekt=ada']) {
      expect((await call('DELETE', `/default/sessions${query}`)).status).toBe(400);
    }
    expect(await decide(session)).toBe(200);
  });

  it('a token given in the place of an id is refused, so that nobody thinks it was revoked', async () => {
    const session = await create();
    expect((await call('DELETE', `/default/sessions/${session.token}`)).status).toBe(404);
    expect(await decide(session)).toBe(200);
  });
});

describe('listing', () => {
  it('shows the live sessions of one subject in pages, newest first, never a token', async () => {
    const created = [];
    for (let count = 0; count < 5; count += 1) created.unshift(await create({ subject: 'pages' }));
    const first = await call('GET', '/default/sessions?subject=pages&limit=3');
    const second = await call('GET', `/default/sessions?subject=pages&limit=3&cursor=${parse(first).cursor}`);
    const ids = [first, second].flatMap((reply) => parse(reply).sessions.map(({ id }: { id: string }) => id));
    expect(ids).toEqual(created.map(({ id }) => id));
    expect(parse(second)).not.toHaveProperty('cursor');
    for (const { token } of created) expect(first.body + second.body).not.toContain(token);
  });

  it('leaves out what idled out', async () => {
    await create({ subject: 'idle', idleSeconds: 2 });
    postern.advance(3);
    expect(parse(await call('GET', '/default/sessions?subject=idle'))).toEqual({ sessions: [] });
  });

  it.each([
    '',
    '?subject=ada&limit=0',
    '?subject=ada&limit=101',
    '?subject=ada&limit=x',
    '?subject=ada&cursor=x',
    '?subject=ada&page=2',
  ])('refuses the query %j', async (query) => {
    expect((await call('GET', `/default/sessions${query}`)).status).toBe(400);
  });
});

describe('tenants', () => {
  it('ADM-10 keep their sessions to themselves', async () => {
    const session = await create({}, 'acme');
    expect(await decide(session, 'acme')).toBe(200);
    expect(await decide(session, 'default')).toBe(401);
    expect((await call('GET', `/default/sessions/${session.id}`)).status).toBe(404);
    expect((await call('DELETE', `/default/sessions/${session.id}`)).status).toBe(204);
    expect((await call('DELETE', '/default/sessions?subject=ada')).status).toBe(204);
    expect(await decide(session, 'acme')).toBe(200);
  });

  it('that are not in the settings are not there', async () => {
    for (const tenant of ['nobody', '__proto__', '..', '%2e%2e']) {
      expect((await call('POST', `/${tenant}/sessions`, { subject: 'ada' })).status).toBe(404);
    }
  });
});

describe('a cookie of the name in the settings', () => {
  it('is the one that is asked for', async () => {
    const { token } = await create();
    const ask = (headers: readonly string[]) =>
      send(postern.ports.decision, { path: '/auth-request/default', headers });
    expect((await ask(['Cookie', `__Host-session=${token}`])).status).toBe(200);
    expect((await ask(cookieOf({ token }))).status).toBe(401);
  });
});
