import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { createClient, mastersOf } from '../../src/store/redis/client.ts';
import { watchMasters } from '../../src/store/redis/masters.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import type { TestRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { locationOf } from '../support/stores.ts';
import { openWatched } from '../support/watched-store.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
beforeEach(() => cluster.healthy());
afterAll(() => cluster.close());

async function replicaOf(master: TestRedis): Promise<TestRedis> {
  for (const node of cluster.nodes) {
    const replication = await node.client.info('replication');
    if (replication.includes('role:slave') && replication.includes(`master_port:${master.port}`)) return node;
  }
  throw new Error('it has no replica');
}

it('RDS-19 a slot that moves from one master to another is no new master', async () => {
  const client = createClient(locationOf(cluster.url));
  onTestFinished(() => client.disconnect());
  if (!(client instanceof Cluster)) throw new Error('it is a cluster');
  let reached = 0;
  watchMasters(client, () => {
    reached += 1;
  });
  await once(client, 'ready');
  await Promise.all(mastersOf(client).map((master) => master.info()));
  expect(reached).toBe(3);
  const from = await cluster.masterOf('moving');
  const to = await cluster.masterOf('else');
  expect(from.port).not.toBe(to.port);
  const [slot, id] = [await from.client.cluster('KEYSLOT', 'moving'), await to.client.cluster('MYID')];
  for (const { client: node } of [to, from]) await node.cluster('SETSLOT', slot, 'NODE', String(id));
  const refreshed = once(client, 'refresh');
  // Followed at once: its new master is reached already.
  expect(await client.get('moving')).toBeNull();
  await refreshed;
  expect(reached).toBe(3);
});

it('RDS-19 RDS-20 a replica that takes the place of a master is told what was revoked before it is read', async () => {
  const { store, changes } = await openWatched(cluster.url);
  onTestFinished(store.close);
  const session = sessionOf();
  await store.table.create(session);
  const key = `postern:{default.${session.id.slice(0, 2)}}:session:${session.id}`;
  const master = await cluster.masterOf(key);
  const replica = await replicaOf(master);
  expect(await master.client.wait(1, 5_000)).toBe(1);
  await replica.freeze();
  await master.client.call('CLIENT', 'KILL', 'TYPE', 'replica');
  await store.table.revoke('default', session.id);
  await master.kill();
  onTestFinished(master.start);
  await replica.thaw();
  await replica.client.call('CLUSTER', 'FAILOVER', 'TAKEOVER');
  expect(await replica.client.exists(key)).toBe(1);
  for (;;) {
    const [found] = await Promise.allSettled([store.findRow('default', session.id)]);
    if (found.status === 'rejected') {
      expect(found.reason).toBeInstanceOf(CannotTell);
      await setImmediate();
      continue;
    }
    expect(found.value).toBeUndefined();
    break;
  }
  expect(await replica.client.exists(key)).toBe(0);
  // The others answered all the while.
  expect(changes).toEqual([['up', 'it answers']]);
});
