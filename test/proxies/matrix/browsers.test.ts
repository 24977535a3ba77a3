import { afterAll, beforeAll, expect, it } from 'vitest';
import { LOGIN, NAVIGATION, ORIGIN } from '../../support/browsers.ts';
import { cookieOf, createSession, send } from '../../support/http.ts';
import { describeProxies } from '../../support/proxies/proxies.ts';
import { SITE_POLICIES, type Site, startSite } from '../../support/site.ts';

const HOST = ['Host', 'app.example.com'];

describeProxies('for browsers', (proxy) => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite(proxy, {
      policies: SITE_POLICIES,
      login: { url: LOGIN, hosts: ['app.example.com'], allowHttp: true },
      cors: { origins: [ORIGIN] },
    });
  });
  afterAll(() => site.close());

  const ask = async (method: string, path: string, headers: readonly string[]) => {
    const before = site.app.seen.length;
    const reply = await send(site.proxy.port, { method, path, headers: [...HOST, ...headers] });
    return { reply, reached: site.app.seen.length > before };
  };

  it('PRX-07 a person is sent to the login page, and back to where they wanted to go', async () => {
    for (const headers of [NAVIGATION, ['Accept', 'text/html,*/*;q=0.8']]) {
      const { reply, reached } = await ask('GET', '/orders/1?x=y', headers);
      expect([reply.status, reached]).toEqual([302, false]);
      const location = new URL(String(reply.headers.location));
      expect(location.origin + location.pathname).toBe(LOGIN);
      expect(location.searchParams.get('rd')).toMatch(
        /^http:\/\/app\.example\.com\/orders\/1\?x=y&postern-attempt=1\.\d+$/,
      );
    }
  });

  it('RD-01 RD-05 whatever the client says of host, scheme and path', async () => {
    const forged = [
      'X-Forwarded-Host',
      'evil.example',
      'X-Forwarded-Proto',
      'https',
      'X-Original-URL',
      'https://evil.example/',
    ];
    const { reply } = await ask('GET', '/orders/1', [
      ...NAVIGATION,
      ...forged,
      'X-Forwarded-Uri',
      '//evil.example/',
    ]);
    const rd = new URL(String(reply.headers.location)).searchParams.get('rd');
    expect(rd).toMatch(/^http:\/\/app\.example\.com\/orders\/1\?postern-attempt=1\.\d+$/);
    const elsewhere = await send(site.proxy.port, {
      path: '/orders/1',
      headers: ['Host', 'evil.example', ...NAVIGATION],
    });
    expect(elsewhere.headers).not.toHaveProperty('location');
    expect(elsewhere.status).toBe(401);
  });

  it('RD-06 RD-07 a script or a form gets the denial itself', async () => {
    for (const [method, headers] of [
      ['GET', ['Accept', 'application/json']],
      ['GET', ['Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty', 'Accept', 'text/html']],
      ['GET', ['Accept', 'text/html', 'X-Requested-With', 'XMLHttpRequest']],
      ['POST', NAVIGATION],
    ] as const) {
      const { reply, reached } = await ask(method, '/orders/1', headers);
      expect([reply.status, reached]).toEqual([401, false]);
      expect(reply.headers).not.toHaveProperty('location');
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="default"');
    }
  });

  it('a script of an allowed origin may read why, and no other', async () => {
    const { reply } = await ask('GET', '/orders/1', ['Origin', ORIGIN]);
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      vary: expect.stringMatching(/Origin/i),
    });
    const stranger = await ask('GET', '/orders/1', ['Origin', 'https://evil.example']);
    expect(stranger.reply.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('FWD-16 FWD-17 a preflight passes as one, and nothing that only looks like one', async () => {
    const asksFor = ['Access-Control-Request-Method', 'POST'];
    expect((await ask('OPTIONS', '/orders/1', ['Origin', ORIGIN, ...asksFor])).reached).toBe(true);
    for (const [method, headers] of [
      ['OPTIONS', ['Origin', ORIGIN]],
      ['OPTIONS', asksFor],
      ['OPTIONS', ['Origin', 'https://evil.example', ...asksFor]],
      [
        'GET',
        ['Origin', ORIGIN, ...asksFor, 'X-Forwarded-Method', 'OPTIONS', 'X-Original-Method', 'OPTIONS'],
      ],
      ['POST', ['Origin', ORIGIN, ...asksFor, 'X-HTTP-Method-Override', 'OPTIONS']],
    ] as const) {
      expect((await ask(method, '/orders/1', headers)).reached).toBe(false);
    }
  });

  it('who is logged in is sent nowhere', async () => {
    const ada = await createSession(site.postern.ports.admin, { subject: 'ada', scope: ['orders:read'] });
    const { reply, reached } = await ask('GET', '/orders/1', [...NAVIGATION, ...cookieOf(ada)]);
    expect([reply.status, reached]).toEqual([200, true]);
  });
});
