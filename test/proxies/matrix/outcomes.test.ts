import { afterAll, beforeAll, expect, it } from 'vitest';
import { bearerOf, cookieOf, createSession, manage } from '../../support/http.ts';
import { describeProxies } from '../../support/proxies/proxies.ts';
import { type ProxyKind, statusFor } from '../../support/proxies/proxy.ts';
import { expectDenied, expectPassed, SITE_POLICIES, type Site, startSite } from '../../support/site.ts';

const ADA = {
  subject: 'ada',
  roles: ['staff', 'a,b'],
  scope: ['orders:read'],
  claims: { email: 'ada@example.com' },
};

describeProxies('every outcome, with forged identity headers in every case', (proxy) => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite(proxy);
  });
  afterAll(() => site.close());
  const newSession = (body: object = ADA) => createSession(site.postern.ports.admin, body);

  it('HDR-01 HDR-05 HDR-06 PRX-05 a live cookie passes, and the application sees who it is and nothing forged', async () => {
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
    expect(seen.x_auth_client_id ?? '').toBe('');
    expect(seen.x_auth_name ?? '').toBe('');
  });

  it('a live Bearer token passes', async () => {
    const seen = expectPassed(await site.ask({ path: '/', headers: bearerOf(await newSession()) }));
    expect(seen.x_auth_subject).toBe('ada');
  });

  it('PRX-07 no credential is a challenge', async () => {
    const passed = await site.ask({ path: '/' });
    expectDenied(passed, statusFor(proxy, 'challenge'));
    expect(passed.reply.headers['www-authenticate']).toBe('Bearer realm="default"');
  });

  it('a revoked session is a challenge at once', async () => {
    const session = await newSession();
    expectPassed(await site.ask({ path: '/', headers: cookieOf(session) }));
    await manage(site.postern.ports.admin, 'DELETE', `/default/sessions/${session.id}`);
    expectDenied(await site.ask({ path: '/', headers: cookieOf(session) }), statusFor(proxy, 'challenge'));
  });

  it('a session ends at its second: live just before, a challenge after', async () => {
    const session = await newSession({ subject: 'ada', ttlSeconds: 1_000, idleSeconds: 0 });
    site.postern.advance(998);
    expectPassed(await site.ask({ path: '/', headers: cookieOf(session) }));
    site.postern.advance(2);
    expectDenied(await site.ask({ path: '/', headers: cookieOf(session) }), statusFor(proxy, 'challenge'));
  });

  it('a session that went unused is a challenge, and one in use goes on', async () => {
    const used = await newSession({ subject: 'ada', ttlSeconds: 9_000, idleSeconds: 600 });
    const unused = await newSession({ subject: 'ada', ttlSeconds: 9_000, idleSeconds: 600 });
    let lastSeenAt = await untilTouched(site, used.id, 0);
    for (const _ of [1, 2, 3]) {
      site.postern.advance(300);
      expectPassed(await site.ask({ path: '/', headers: cookieOf(used) }));
      lastSeenAt = await untilTouched(site, used.id, lastSeenAt);
    }
    expectDenied(await site.ask({ path: '/', headers: cookieOf(unused) }), statusFor(proxy, 'challenge'));
  });

  it.each([
    ['in one line', (token: string) => ['Cookie', `session=${token}; session=${token}`]],
    ['in two lines', (token: string) => ['Cookie', `session=${token}`, 'Cookie', `session=${token}`]],
  ])('SES-02 two cookies of the name are refused, whichever is good: %s', async (_, write) => {
    const headers = write((await newSession()).token);
    expectDenied(await site.ask({ path: '/', headers }), statusFor(proxy, 'malformed-credential'));
  });

  it('OPQ-08 a bad Bearer never falls through to the good cookie beside it', async () => {
    const session = await newSession();
    const headers = [...cookieOf(session), 'Authorization', 'Bearer of-nobody'];
    const passed = await site.ask({ path: '/', headers });
    expectDenied(passed, statusFor(proxy, 'challenge'));
    expect(passed.reply.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('a session without the scope is forbidden, one with it passes', async () => {
    const without = await newSession({ subject: 'ada', scope: ['orders:write'] });
    expectDenied(
      await site.ask({ path: '/orders/1', headers: cookieOf(without) }),
      statusFor(proxy, 'forbid'),
    );
    expectPassed(await site.ask({ path: '/orders/1', headers: cookieOf(await newSession()) }));
  });

  it('HDR-01 an anonymous policy lets a stranger pass as nobody, whatever identity the client writes', async () => {
    const seen = expectPassed(await site.ask({ path: '/public/', headers: [] }));
    expect(seen.x_auth_subject_type).toBe('anonymous');
    expect(seen.x_auth_subject ?? '').toBe('');
    const known = expectPassed(await site.ask({ path: '/public/', headers: cookieOf(await newSession()) }));
    expect(known.x_auth_subject).toBe('ada');
  });

  it('HDR-02 what a session does not have, the client does not have either', async () => {
    const session = await newSession({ subject: 'ada' });
    const seen = expectPassed(await site.ask({ path: '/', headers: cookieOf(session) }));
    for (const name of ['roles', 'scope', 'email', 'name', 'amr', 'audience', 'client_id', 'assertion']) {
      expect(seen[`x_auth_${name}`] ?? '').toBe('');
    }
  });

  it('HDR-12 PRX-08 the largest identity that can be created passes the buffers', async () => {
    const filled = (length: number) => ({ subject: 'ada', claims: { name: 'n'.repeat(length) } });
    const largest = await largestThatFits((length) => tryToCreate(site, filled(length)));
    expect(largest).toBeGreaterThan(2_500);
    const session = await newSession(filled(largest));
    const seen = expectPassed(await site.ask({ path: '/', headers: cookieOf(session) }));
    expect(seen.x_auth_name).toHaveLength(largest);
  });

  it('a hundred checks use few connections', async () => {
    const session = await newSession();
    let connections = 0;
    site.postern.servers.decision.on('connection', () => {
      connections += 1;
    });
    for (let check = 0; check < 100; check += 1) {
      expectPassed(await site.ask({ path: '/', headers: cookieOf(session) }));
    }
    expect(connections).toBeLessThanOrEqual(proxy.connections);
  });
});

describeProxies('outcomes of other settings', (proxy) => {
  it('a login that is too old is asked for again', async () => {
    const policies = { ...SITE_POLICIES, default: { maxAuthAgeSeconds: 900 } };
    const passed = await askOnce(proxy, { policies }, { authenticatedAt: 1_000_000_000 });
    expectDenied(passed, statusFor(proxy, 'reauthenticate'));
    expect(passed.reply.headers['www-authenticate']).toContain('error="insufficient_user_authentication"');
  });

  it('a proxy that is not trusted lets nobody pass, whatever they present', async () => {
    const passed = await askOnce(proxy, { trustedProxies: ['10.0.0.1'] });
    expectDenied(passed, statusFor(proxy, 'malformed-request'));
  });
});

/** A session of a site of its own, presented once. */
async function askOnce(proxy: ProxyKind, settings: Parameters<typeof startSite>[1], more: object = {}) {
  const site = await startSite(proxy, settings);
  try {
    const session = await createSession(site.postern.ports.admin, { ...ADA, ...more });
    return await site.ask({ path: '/', headers: cookieOf(session) });
  } finally {
    await site.close();
  }
}

async function largestThatFits(status: (length: number) => Promise<number>): Promise<number> {
  let fits = 0;
  for (let step = 2_048; step >= 1; step /= 2) {
    if ((await status(fits + step)) === 201) fits += step;
  }
  return fits;
}

async function tryToCreate({ postern }: Site, body: object): Promise<number> {
  return (await manage(postern.ports.admin, 'POST', '/default/sessions', body)).status;
}

/** The write that notes a use comes after the answer. */
async function untilTouched({ postern }: Site, id: string, before: number): Promise<number> {
  for (;;) {
    const { body } = await manage(postern.ports.admin, 'GET', `/default/sessions/${id}`);
    const { lastSeenAt } = JSON.parse(body);
    if (lastSeenAt > before) return lastSeenAt;
  }
}
