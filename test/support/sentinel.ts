import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createRedis, type TestRedis } from './redis.ts';
import { freePort, listening, type RunningServer, runProgram } from './server.ts';

const NAME = 'the-master';

export type TestSentinel = {
  readonly client: Redis;
  readonly kill: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A real master with a replica, and three real sentinels who watch them. */
export type TestSentinels = {
  readonly url: string;
  readonly sentinels: readonly [TestSentinel, TestSentinel, TestSentinel];
  /** As things are now: whoever has which role may change. */
  readonly roles: () => Promise<{ readonly master: TestRedis; readonly replica: TestRedis }>;
  /** Resolves once the sentinels know of each other and of the replica, and it follows the master. */
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function startSentinels(): Promise<TestSentinels> {
  const first = await createRedis();
  await first.start();
  const second = await createRedis(['--replicaof', `127.0.0.1 ${first.port}`]);
  await second.start();
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const start = (port: number) => startSentinel(port, first.port);
  const sentinels = await Promise.all([start(ports[0]), start(ports[1]), start(ports[2])]);
  const roles = async () => {
    const told = await sentinels[2].client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
    const isFirst = Array.isArray(told) && Number(told[1]) === first.port;
    return isFirst ? { master: first, replica: second } : { master: second, replica: first };
  };
  const settled = async () => {
    for (const { client } of sentinels) while (!(await knowsAll(client)));
    while ((await (await roles()).replica.client.role().catch(() => []))[3] !== 'connected');
  };
  await settled();
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    sentinels,
    roles,
    settled,
    close: async () => {
      await Promise.all([...sentinels, first, second].map(({ close }) => close()));
    },
  };
}

async function startSentinel(port: number, masterPort: number): Promise<TestSentinel> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-sentinel-'));
  const path = join(folder, 'sentinel.conf');
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${NAME} 500`,
    `sentinel failover-timeout ${NAME} 1000`,
  ];
  await writeFile(path, settings.join('\n'));
  const server: RunningServer = await runProgram('redis-server', [path, '--sentinel'], folder);
  await listening(port);
  const client = new Redis(port, '127.0.0.1', { protocol: 2 });
  client.on('error', () => undefined);
  return {
    client,
    kill: server.stop,
    close: async () => {
      client.disconnect();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function knowsAll(client: Redis): Promise<boolean> {
  const told = await client.call('SENTINEL', 'MASTER', NAME);
  const fields = Array.isArray(told) ? told.map(String) : [];
  const fieldOf = (name: string) => fields[fields.indexOf(name) + 1];
  return fieldOf('num-slaves') === '1' && fieldOf('num-other-sentinels') === '2';
}
