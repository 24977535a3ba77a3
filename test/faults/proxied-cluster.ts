import { startFaultProxy } from '../support/fault-proxy.ts';
import { createRedis } from '../support/redis.ts';
import { freePort } from '../support/server.ts';

/** A real cluster of one node, which is reached through a proxy that does what it is told. */
export async function startProxiedCluster() {
  const redis = await createRedis(['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())]);
  await redis.start();
  const proxy = await startFaultProxy(redis.port);
  const { client } = redis;
  await client.config('SET', 'cluster-announce-ip', '127.0.0.1', 'cluster-announce-port', proxy.port);
  await client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  while (!(await client.cluster('INFO')).includes('cluster_state:ok'));
  return {
    client,
    proxy,
    url: `redis+cluster://127.0.0.1:${proxy.port}`,
    close: async () => {
      await proxy.close();
      await redis.close();
    },
  };
}
