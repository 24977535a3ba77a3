import { afterAll, beforeAll, expect, it } from 'vitest';
import { cookieOf, createSession } from '../../support/http.ts';
import { describeProxies } from '../../support/proxies/proxies.ts';
import { expectDenied, expectPassed, type Site, startSite } from '../../support/site.ts';

describeProxies('the policy of a path', (proxy) => {
  let site: Site;
  let withoutScope: readonly string[];
  beforeAll(async () => {
    site = await startSite(proxy);
    withoutScope = cookieOf(await createSession(site.postern.ports.admin, { subject: 'ada' }));
  });
  afterAll(() => site.close());

  it.each(['/orders/', '/orders/1?x=/public/', '/orders/?/../public/'])(
    'is that of the orders for %s',
    async (path) => {
      expectDenied(await site.ask({ path, headers: withoutScope }), 403);
    },
  );

  it.each(['/', '/ORDERS/1', '/PUBLIC/1', '/public', '/x/public/', '/orders', '/%', '/public%zz/'])(
    'is the default, or nothing passes, for %s',
    async (path) => {
      const { reply, seen } = await site.ask({ path });
      // nginx leads "/public" to "/public/" by itself.
      expect([301, 400, 401]).toContain(reply.status);
      expect(seen).toBeUndefined();
    },
  );

  it.each(['/public/', '/public/a%20b/%C3%A9?q=a/../b//c', '/public/a;b=c/100%25'])(
    'lets everybody pass for %s',
    async (path) => {
      expectPassed(await site.ask({ path }));
    },
  );

  it.each([
    ['/%6frders/1', 403],
    ['/o%72ders/1', 403],
    ['/p%75blic/x', 200],
  ])('is not another for %s, where a letter is encoded', async (path, status) => {
    // Envoy knows no path by two spellings, and refuses.
    const { reply } = await site.ask({ path, headers: withoutScope });
    expect([400, status]).toContain(reply.status);
  });

  it.each([
    ['/orders/all/..%2f..%2fpublic/x', '/public/x'],
    ['/orders/%2e%2e/public/x', '/public/x'],
    ['/orders/../public/x', '/public/x'],
    ['//public//x', '/public/x'],
    ['/public/./x', '/public/x'],
    ['/public/%0d%0aX-Admin:%201', '/public/%0D%0AX-Admin:%201'],
  ])('is never that of another path than the application gets: %s', async (path, served) => {
    const { reply, seen } = await site.ask({ path });
    const resolved = reply.status === 200;
    expect([reply.status, reply.headers['x-served']]).toEqual(resolved ? [200, served] : [400, undefined]);
    expect(seen === undefined).toBe(!resolved);
    if (proxy.ambiguousPath !== 'either') expect(resolved).toBe(proxy.ambiguousPath === 'resolved');
  });

  it.each([
    '/public/..%2forders/1',
    '/public/%2e%2e/orders/1',
    '/public/../orders/1',
    '/public/x/../../orders/1',
    '/public//../../orders/1',
    '/public/..%2f..%2forders/1',
    '/public/{a/../../orders/1}',
    '/public/%7Ba/../../orders/1%7D',
    '/public/..;/../orders/1',
    '/public/..%5corders/1',
    '/public/..\\orders/1',
    '/public/..%252forders/1',
    '/public/..%c0%aforders/1',
    '/public/..%00/orders/1',
    '/public/..',
  ])('lets no stranger reach the orders by %s', async (path) => {
    const { reply } = await site.ask({ path });
    const served = String(reply.headers['x-served'] ?? '/public/');
    // What the application gets begins with what is open, and leads nowhere else however often it is decoded.
    expect(new URL(decodedTwice(served), 'http://app').pathname).toMatch(/^\/public\//);
  });

  it('the absolute form of a target changes nothing', async () => {
    const { port } = site.proxy;
    expectDenied(await site.ask({ path: `http://127.0.0.1:${port}/orders/1`, headers: withoutScope }), 403);
    expectPassed(await site.ask({ path: `http://127.0.0.1:${port}/public/1` }));
  });

  it('what a client sends does not name a policy', async () => {
    for (const path of ['/_postern/open', '/forward-auth/open', '/auth-request/open', '/?policy=open']) {
      const { reply, seen } = await site.ask({ path, headers: ['X-Postern-Policy', 'open'] });
      expect([401, 404]).toContain(reply.status);
      expect(seen).toBeUndefined();
    }
  });
});

function decodedTwice(path: string): string {
  return unescape(unescape(path.replaceAll('\\', '/'))).replaceAll('\\', '/');
}
