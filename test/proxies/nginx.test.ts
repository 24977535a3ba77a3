import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDENTITY_HEADER_NAMES } from '../../src/proxy/presets.ts';
import { bearerOf, cookieOf, createSession, manage, send } from '../support/http.ts';
import { fold, type Passed, startSite } from '../support/site.ts';

let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

const ADA = {
  subject: 'ada',
  roles: ['staff', 'a,b'],
  scope: ['orders:read'],
  claims: { email: 'ada@example.com' },
};

const newSession = (body: object = ADA) => createSession(site.postern.ports.admin, body);

/** What must hold whatever comes out: no forged value passes, and a denial never reaches the application. */
function expectDenied({ reply, seen }: Passed, status: number): void {
  expect(reply.status).toBe(status);
  expect(seen).toBeUndefined();
  for (const name of IDENTITY_HEADER_NAMES) expect(reply.headers).not.toHaveProperty(name.toLowerCase());
}

function expectPassed({ reply, seen }: Passed): Record<string, string> {
  expect(reply.status).toBe(200);
  expect(JSON.stringify(seen)).not.toContain('forged');
  return { ...seen };
}

describe('through a real nginx, with forged identity headers in every case', () => {
  it('HDR-01 HDR-05 HDR-06 a live cookie passes, and the application sees who it is and nothing forged', async () => {
    const { id, token, expiresAt } = await newSession();
    const seen = expectPassed(await site.ask({ path: '/', headers: cookieOf({ token }) }));
    expect(seen).toMatchObject({
      x_auth_subject: 'ada',
      x_auth_subject_type: 'user',
      x_auth_tenant: 'default',
      x_auth_session_id: id,
      x_auth_scope: 'orders:read',
      x_auth_roles: 'staff,a%2Cb',
      x_auth_email: 'ada@example.com',
      x_auth_expires_at: String(expiresAt),
    });
    expect(seen).not.toHaveProperty('x_auth_client_id');
    expect(seen).not.toHaveProperty('x_auth_name');
  });

  it('a live Bearer token passes', async () => {
    const seen = expectPassed(await site.ask({ path: '/', headers: bearerOf(await newSession()) }));
    expect(seen.x_auth_subject).toBe('ada');
  });

  it('no credential is a challenge', async () => {
    const passed = await site.ask({ path: '/' });
    expectDenied(passed, 401);
    expect(passed.reply.headers['www-authenticate']).toBe('Bearer realm="default"');
  });

  it('a revoked session is a challenge at once', async () => {
    const session = await newSession();
    expectPassed(await site.ask({ path: '/', headers: cookieOf(session) }));
    await manage(site.postern.ports.admin, 'DELETE', `/default/sessions/${session.id}`);
    expectDenied(await site.ask({ path: '/', headers: cookieOf(session) }), 401);
  });

  it('a session ends at its second: live just before, a challenge after', async () => {
    const session = await newSession({ subject: 'ada', ttlSeconds: 1_000, idleSeconds: 0 });
    site.postern.advance(998);
    expectPassed(await site.ask({ path: '/', headers: cookieOf(session) }));
    site.postern.advance(2);
    expectDenied(await site.ask({ path: '/', headers: cookieOf(session) }), 401);
  });

  it('a session that went unused is a challenge, and one in use goes on', async () => {
    const used = await newSession({ subject: 'ada', ttlSeconds: 9_000, idleSeconds: 600 });
    const unused = await newSession({ subject: 'ada', ttlSeconds: 9_000, idleSeconds: 600 });
    let lastSeenAt = await untilTouched(used.id, 0);
    for (const _ of [1, 2, 3]) {
      site.postern.advance(300);
      expectPassed(await site.ask({ path: '/', headers: cookieOf(used) }));
      lastSeenAt = await untilTouched(used.id, lastSeenAt);
    }
    expectDenied(await site.ask({ path: '/', headers: cookieOf(unused) }), 401);
  });

  it('SES-02 two cookies of the name are refused, whichever is good', async () => {
    const { token } = await newSession();
    const headers = ['Cookie', `session=${token}; session=${token}`];
    expectDenied(await site.ask({ path: '/', headers }), 401);
  });

  it('OPQ-08 a bad Bearer never falls through to the good cookie beside it', async () => {
    const session = await newSession();
    const headers = [...cookieOf(session), 'Authorization', 'Bearer of-nobody'];
    const passed = await site.ask({ path: '/', headers });
    expectDenied(passed, 401);
    expect(passed.reply.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('a session without the scope is forbidden, one with it passes', async () => {
    const without = await newSession({ subject: 'ada', scope: ['orders:write'] });
    expectDenied(await site.ask({ path: '/orders/1', headers: cookieOf(without) }), 403);
    expectPassed(await site.ask({ path: '/orders/1', headers: cookieOf(await newSession()) }));
  });

  it('HDR-01 an anonymous policy lets a stranger pass as nobody, whatever identity the client writes', async () => {
    const seen = expectPassed(await site.ask({ path: '/public/', headers: [] }));
    expect(seen.x_auth_subject_type).toBe('anonymous');
    expect(seen).not.toHaveProperty('x_auth_subject');
    const known = expectPassed(await site.ask({ path: '/public/', headers: cookieOf(await newSession()) }));
    expect(known.x_auth_subject).toBe('ada');
  });

  it('HDR-02 what a session does not have, the client does not have either', async () => {
    const session = await newSession({ subject: 'ada' });
    const seen = expectPassed(await site.ask({ path: '/', headers: cookieOf(session) }));
    for (const name of ['roles', 'scope', 'email', 'name', 'amr', 'audience', 'client_id']) {
      expect(seen).not.toHaveProperty(`x_auth_${name}`);
    }
  });

  it('HDR-12 the largest identity that can be created passes the buffers of nginx', async () => {
    const filled = (length: number) => ({ subject: 'ada', claims: { name: 'n'.repeat(length) } });
    let largest = 3_072;
    while ((await tryToCreate(filled(largest))) === 400) largest -= 1;
    expect(largest).toBeGreaterThan(2_500);
    const seen = expectPassed(
      await site.ask({ path: '/', headers: cookieOf(await newSession(filled(largest))) }),
    );
    expect(seen.x_auth_name).toHaveLength(largest);
  });

  it('the check of a POST never gets its body, and the application does', async () => {
    const session = await newSession();
    const body = 'x'.repeat(100_000);
    const reply = await send(site.nginx.port, {
      method: 'POST',
      path: '/',
      headers: cookieOf(session),
      body,
    });
    expect(reply.status).toBe(200);
    expect(fold(JSON.parse(reply.body)).content_length).toBe('100000');
  });

  it('only a WebSocket is upgraded: nothing tunnels further requests past the check', async () => {
    const session = await newSession();
    const upgradeTo = async (protocol: string) => {
      const headers = [...cookieOf(session), 'Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', protocol];
      return expectPassed(
        await site.ask({ path: '/', headers: [...headers, 'HTTP2-Settings', 'AAMAAABkAAQAAP__'] }),
      );
    };
    expect(await upgradeTo('WebSocket')).toMatchObject({ upgrade: 'websocket', connection: 'upgrade' });
    for (const protocol of ['h2c', 'TLS/1.0', 'websocket, h2c', 'h2c, websocket']) {
      const seen = await upgradeTo(protocol);
      expect(seen).not.toHaveProperty('upgrade');
      expect(seen.connection ?? '').not.toMatch(/upgrade/i);
    }
  });

  it.each([
    ['/orders/all/..%2f..%2fpublic/x', '/public/x'],
    ['/orders/%2e%2e/public/x', '/public/x'],
    ['/orders/../public/x', '/public/x'],
    ['//public//x', '/public/x'],
    ['/public/%0d%0aX-Admin:%201', '/public/%0D%0AX-Admin:%201'],
  ])('the application gets the very path that chose the policy: %s', async (path, served) => {
    const { reply } = await site.ask({ path });
    expect(reply.status).toBe(200);
    expect(reply.headers['x-served']).toBe(served);
  });

  it('the path of the check is closed to clients', async () => {
    expectDenied(await site.ask({ path: '/_postern/open' }), 404);
  });

  it('a hundred checks use one connection', async () => {
    const session = await newSession();
    let connections = 0;
    site.postern.servers.decision.on('connection', () => {
      connections += 1;
    });
    for (let check = 0; check < 100; check += 1) {
      expectPassed(await site.ask({ path: '/', headers: cookieOf(session) }));
    }
    expect(connections).toBeLessThanOrEqual(1);
  });
});

async function tryToCreate(body: object): Promise<number> {
  return (await manage(site.postern.ports.admin, 'POST', '/default/sessions', body)).status;
}

/** The write that notes a use comes after the answer. */
async function untilTouched(id: string, before: number): Promise<number> {
  for (;;) {
    const { body } = await manage(site.postern.ports.admin, 'GET', `/default/sessions/${id}`);
    const { lastSeenAt } = JSON.parse(body);
    if (lastSeenAt > before) return lastSeenAt;
  }
}
