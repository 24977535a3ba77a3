import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { refuse } from '../support/faults.ts';
import { startSentinels, type TestSentinels } from '../support/sentinel.ts';
import { sessionOf } from '../support/sessions.ts';
import { locationOf } from '../support/stores.ts';
import { watchStore } from '../support/watched-store.ts';

let site: TestSentinels;
/** The way to the sentinels, as long as it is open. */
let proxy: FaultProxy;
beforeAll(async () => {
  site = await startSentinels();
  proxy = await startFaultProxy(Number(site.sentinels[0].client.options.port));
});
afterAll(async () => {
  await proxy.close();
  await site.close();
});

it('RDS-18 RDS-20 a failover brings back nothing that was revoked, and is told, also after the sentinels were away', async () => {
  proxy.set(refuse);
  // So that the next one to be asked is always there.
  const sentinels = Array.from({ length: 3 }, () => `127.0.0.1:${proxy.port}`).join(',');
  const { store, changes, next } = watchStore(locationOf(`redis+sentinel://${sentinels}/the-master`));
  expect(await next('down')).toBe('no sentinel names the master: ECONNREFUSED');
  const first = next('up');
  proxy.clear();
  await first;
  const session = sessionOf();
  await store.table.create(session);
  const key = `postern:{default.${session.id.slice(0, 2)}}:session:${session.id}`;
  const { master, replica } = await site.roles();
  const row = String(await master.client.get(key));
  await store.table.revoke('default', session.id);
  // As if it had never heard of the revocation.
  await replica.client.config('SET', 'replica-read-only', 'no');
  await replica.client.set(key, row, 'EX', 600);
  const up = next('up');
  await site.sentinels[0].client.call('SENTINEL', 'FAILOVER', 'the-master');
  await up;
  expect((await site.roles()).master.port).toBe(replica.port);
  // Whatever is done again was sent before this.
  expect(await store.findRow('default', session.id)).toBeUndefined();
  expect(await replica.client.exists(key)).toBe(0);
  expect(changes.map(([state]) => state)).toEqual(['down', 'up', 'down', 'up']);
  await store.close();
});
