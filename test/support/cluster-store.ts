import { Cluster } from 'ioredis';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { TestCluster } from './cluster.ts';
import { behindTheStore, openReplica, type TestStore } from './stores.ts';

/** A store on a cluster that is there already, emptied, and brought back where a test has taken it away. */
export async function openOnCluster(cluster: TestCluster, clock: Clock = systemClock): Promise<TestStore> {
  await cluster.start();
  for (const { client } of cluster.nodes) await client.flushall().catch(() => undefined);
  const { store, calls } = await openReplica(cluster, clock);
  const client = new Cluster(
    cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    { redisOptions: { protocol: 2 } },
  );
  return {
    store,
    calls,
    ...behindTheStore(client),
    breakDown: cluster.kill,
    close: async () => {
      client.disconnect();
      await store.close();
    },
  };
}
