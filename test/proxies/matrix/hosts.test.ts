import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLOSE, lines, sendRaw, statusesOf } from '../../support/http.ts';
import { describeProxies } from '../../support/proxies/proxies.ts';
import { type Site, startSite } from '../../support/site.ts';

const BY_HOST = {
  rules: [
    { host: 'public.example', path: '/**', anonymous: true },
    { host: '127.0.0.1', path: '/**', anonymous: true },
    { path: '/**', roles: ['nobody-has-this'] },
  ],
};

describeProxies('the host of a request', (proxy) => {
  let site: Site;
  let open: Site;
  beforeAll(async () => {
    site = await startSite(proxy, { policies: { default: BY_HOST, orders: BY_HOST, open: BY_HOST } });
    open = await startSite(proxy);
  });
  afterAll(async () => {
    await site.close();
    await open.close();
  });

  /** The host and the target that the application was asked for; nothing where it was not. */
  async function reached({ app, proxy: { port } }: Site, target: string, hosts: readonly string[]) {
    const before = app.seen.length;
    const head = lines(`GET ${target} HTTP/1.1`, ...hosts.map((host) => `Host: ${host}`), CLOSE, '');
    const text = await sendRaw(port, Buffer.from(head, 'latin1'));
    const seen = app.seen[before];
    if (seen === undefined) return undefined;
    const at = seen.findIndex((name) => name.toLowerCase() === 'host');
    return {
      status: statusesOf(text)[0],
      host: seen[at + 1],
      target: /^x-served: (.*)\r$/im.exec(text)?.[1],
    };
  }

  it('is the one that the rule goes by, and the one that the application gets', async () => {
    const found = await reached(site, '/x', ['public.example']);
    expect(found).toEqual({ status: 200, host: 'public.example', target: '/x' });
    expect(await reached(site, '/x', ['admin.example'])).toBeUndefined();
  });

  it.each<[target: string, hosts: readonly string[]]>([
    ['/x', ['admin.example, public.example']],
    ['/x', ['admin.example,public.example']],
    ['/x', ['public.example', 'admin.example']],
    ['/x', ['public.example@admin.example']],
    ['http://admin.example/x', ['public.example']],
    ['http://public.example@admin.example/x', ['public.example']],
    ['http://public.example/x', ['admin.example']],
  ])('FWD-08 is never one to the rule and another to the application: %s, %j', async (target, hosts) => {
    const found = await reached(site, target, hosts);
    expect([undefined, 'public.example', `127.0.0.1:${site.proxy.port}`]).toContain(found?.host);
  });

  it.each([
    'app.example\\orders\\1?',
    'app.example#',
    'app.example?',
    'app.example/orders/1?',
    'user@app.example',
    'app.example:80:80',
    'app.example orders',
  ])(
    'FWD-08 PATH-22 carries no path, query or user to an application that makes a URL of it: %s',
    async (host) => {
      expect(await reached(open, '/public/x', [host])).toBeUndefined();
    },
  );

  it.each([
    'http:///public/orders/1',
    'http://app.example?/public/x',
    'foo://app.example/public/x',
    '?/public/x',
  ])('PATH-21 stands in "Host" alone where the application is asked: %s', async (target) => {
    for (const host of ['app.example', '', 'app.example?']) {
      const found = await reached(open, target, [host]);
      expect(found?.target ?? '/public/').toMatch(/^\/public\//);
    }
  });
});
