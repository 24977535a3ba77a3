import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type FaultyStore, startFaultyStore } from '../support/faulty-store.ts';
import { manage, type NewSession } from '../support/http.ts';
import { startRedis } from '../support/redis.ts';
import { locationOf } from '../support/stores.ts';
import { watchStore } from '../support/watched-store.ts';

let site: FaultyStore;
let ada: NewSession;
beforeAll(async () => {
  site = await startFaultyStore();
  ada = await site.login();
});
afterAll(() => site.close());

const portOf = (url: string) => Number(new URL(url).port);
const create = () => manage(site.postern.ports.admin, 'POST', '/default/sessions', { subject: 'ada' });

it('RDS-02 a wrong password is told once, for many attempts, and the right one later is used', async () => {
  await site.redis.client.acl('SETUSER', 'late', 'on', '>right', '~*', '+@all');
  const { store, changes } = watchStore(locationOf(site.proxy.url.replace('://', '://late:wrong@')));
  onTestFinished(store.close);
  const before = site.proxy.accepted();
  await vi.waitUntil(() => site.proxy.accepted() - before >= 5, { timeout: 20_000 });
  expect(changes).toEqual([['down', expect.stringMatching(/^WRONGPASS /)]]);
  await site.redis.client.acl('SETUSER', 'late', 'on', '>wrong');
  await vi.waitUntil(() => changes.at(-1)?.[0] === 'up', { timeout: 20_000 });
});

describe('RDS-14 a server that was made a replica', () => {
  it('takes no write and goes on to be read, on the same connection; and its name is followed', async () => {
    const master = await startRedis();
    onTestFinished(master.close);
    await site.redis.client.replicaof('127.0.0.1', portOf(master.url));
    await vi.waitUntil(
      async () => (await site.redis.client.info('replication')).includes('master_link_status:up'),
      {
        timeout: 20_000,
      },
    );
    expect((await create()).status).toBe(503);
    // Everything was taken from its master, which knows nobody.
    expect(await site.statusOf(ada)).toBe(401);
    expect((await create()).status).toBe(503);
    expect(await site.statusOf(ada)).toBe(401);
    site.proxy.leadTo(portOf(master.url));
    for (let status = 503; status !== 201; status = (await create()).status) expect(status).toBe(503);
    expect(await master.client.dbsize()).toBeGreaterThan(0);
  });
});
