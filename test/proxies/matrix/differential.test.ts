import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOSTILE_PATHS, readingsOf } from '../../support/hostile-paths.ts';
import { CLOSE, lines, sendRaw, statusesOf } from '../../support/http.ts';
import { describeProxies } from '../../support/proxies/proxies.ts';
import { type Site, startSite } from '../../support/site.ts';

const BY_PATH = { rules: [{ path: '/public/**', anonymous: true }, { path: '/**' }] };

describeProxies('a stranger, whatever path they write', (proxy) => {
  let byLocation: Site;
  let byRules: Site;
  beforeAll(async () => {
    byLocation = await startSite(proxy);
    // Whichever of the three the proxy chooses: it is the path that decides here, as Postern reads it.
    byRules = await startSite(proxy, { policies: { default: BY_PATH, orders: BY_PATH, open: BY_PATH } });
  });
  afterAll(async () => {
    await byLocation.close();
    await byRules.close();
  });

  /** What the application was asked for, or nothing. One after another, so that what arrives is the answer's. */
  async function served(site: Site, path: string): Promise<string | undefined> {
    const before = site.app.seen.length;
    const host = `Host: 127.0.0.1:${site.proxy.port}`;
    const text = await sendRaw(
      site.proxy.port,
      Buffer.from(lines(`GET ${path} HTTP/1.1`, host, CLOSE, ''), 'latin1'),
    );
    const [status] = statusesOf(text);
    if (site.app.seen.length === before) {
      expect([path, status]).not.toEqual([path, 200]);
      return undefined;
    }
    return /^x-served: (.*)\r$/im.exec(text)?.[1];
  }

  /** What reached the application, and leads out of what is open by some way of reading it. */
  async function strayed(site: Site, decodings: 1 | 2) {
    const found: Array<{ path: string; target: string; readings: readonly string[] }> = [];
    for (const path of HOSTILE_PATHS) {
      const target = await served(site, path);
      const readings = target === undefined ? [] : readingsOf(target, decodings);
      const outside = readings.filter((reading) => reading !== '/public' && !reading.startsWith('/public/'));
      if (target !== undefined && outside.length > 0) found.push({ path, target, readings: outside });
    }
    return found;
  }

  it('PRX-06 reaches nothing but what is open, where the proxy chooses the policy', async () => {
    expect(HOSTILE_PATHS.length).toBeGreaterThan(500);
    expect(await strayed(byLocation, 1)).toEqual([]);
  });

  it('PRX-06 PBT-04 reaches nothing but what is open, where rules go by the path', async () => {
    expect(await strayed(byRules, 2)).toEqual([]);
  });

  it('reaches what is open, so that the rest can fail', async () => {
    for (const site of [byLocation, byRules]) {
      expect(await served(site, '/public/x?y=/orders')).toBe('/public/x?y=/orders');
      expect(await served(site, '/orders/1')).toBeUndefined();
    }
  });
});
