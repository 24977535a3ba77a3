import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type FaultyStore, startFaultyStore } from '../support/faulty-store.ts';
import { cookieOf, type NewSession, send } from '../support/http.ts';
import { startInProcess } from '../support/postern.ts';
import { untilReady } from '../support/site.ts';

let site: FaultyStore;
let ada: NewSession;
beforeAll(async () => {
  site = await startFaultyStore();
  ada = await site.login();
});
afterAll(() => site.close());

describe('a server that', () => {
  it('RDS-17 is set to evict while it is used is warned of on /readyz, and no more when it is set back', async () => {
    const untilWarned = async (text: string, expected: boolean) => {
      site.postern.advance(31);
      await vi.waitUntil(async () => (await site.readiness()).warnings.includes(text) === expected, {
        timeout: 20_000,
      });
    };
    await untilWarned('allkeys-lru', false);
    await site.redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await untilWarned('allkeys-lru', true);
    const asked = site.sent('INFO');
    for (let round = 0; round < 50; round += 1) expect((await site.readiness()).status).toBe(200);
    expect(site.sent('INFO')).toBe(asked);
    await site.redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    await untilWarned('allkeys-lru', false);
  });

  it('RDS-22 was emptied has logged everybody out, and says so', async () => {
    const eve = await site.login('eve');
    site.postern.advance(31);
    const asked = site.sent('EXISTS');
    await vi.waitUntil(() => site.sent('EXISTS') > asked, { timeout: 20_000 });
    await site.redis.client.flushall();
    expect(await site.statusOf(eve)).toBe(401);
    site.postern.advance(31);
    await vi.waitUntil(async () => (await site.readiness()).warnings.includes('emptied'), {
      timeout: 20_000,
    });
    ada = await site.login();
    expect(await site.statusOf(ada)).toBe(200);
  });

  it('RDS-25 lets nobody else in is 503, and used as soon as it does', async () => {
    await site.redis.client.config('SET', 'maxclients', '1');
    onTestFinished(async () => void (await site.redis.client.config('SET', 'maxclients', '10000')));
    const late = await startInProcess({ storeUrl: site.proxy.url });
    onTestFinished(late.close);
    expect(await late.down).toMatch(/max number of clients/);
    const before = site.proxy.accepted();
    const ask = () => send(late.ports.decision, { path: '/auth-request/default', headers: cookieOf(ada) });
    // It tries again meanwhile, and is told the same.
    while (site.proxy.accepted() < before + 4) expect((await ask()).status).toBe(503);
    expect(await site.statusOf(ada)).toBe(200);
    await site.redis.client.config('SET', 'maxclients', '10000');
    await untilReady(late.ports.admin);
    expect((await ask()).status).toBe(200);
  });

  it.each(['CLIENT', 'INFO', 'AUTH'])(
    'RDS-27 hangs up at %s is tried again, until it does not',
    async (name) => {
      await site.redis.client.acl('SETUSER', 'shy', 'on', '>secret', '~*', '+@all');
      let hungUp = 0;
      site.proxy.set({
        toServer:
          () =>
          (message, pass, { command, client }) => {
            if (command?.[0] !== name) return pass(message);
            hungUp += 1;
            client.destroy();
          },
      });
      const late = await startInProcess({ storeUrl: site.proxy.url.replace('://', '://shy:secret@') });
      onTestFinished(late.close);
      await vi.waitUntil(() => hungUp >= 4, { timeout: 20_000 });
      site.proxy.clear();
      await untilReady(late.ports.admin);
      await site.untilAllowed(ada);
    },
  );
});
