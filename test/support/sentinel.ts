import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createRedis, type TestRedis } from './redis.ts';
import { freePort, listening, type RunningServer, runProgram } from './server.ts';
import { AT_SENTINELS, AT_SERVERS, argumentsOf, type Guard, letIn, schemeOf } from './tls-servers.ts';

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

export async function startSentinels(guard?: Guard): Promise<TestSentinels> {
  const first = await startServer(guard);
  const second = await startServer(guard, first.reached);
  const watch = () => startSentinel(first.reached, guard);
  const sentinels = await Promise.all([watch(), watch(), watch()]);
  const roles = async () => {
    const told = await sentinels[2].client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
    const isFirst = Array.isArray(told) && Number(told[1]) === first.reached;
    return isFirst ? { master: first, replica: second } : { master: second, replica: first };
  };
  const settled = async () => {
    for (const { client } of sentinels) while (!(await knowsAll(client)));
    while ((await (await roles()).replica.client.role().catch(() => []))[3] !== 'connected');
  };
  await settled();
  const hosts = sentinels.map(({ reached }) => `127.0.0.1:${reached}`).join(',');
  return {
    url: `${schemeOf('sentinel', guard)}${hosts}/${NAME}`,
    sentinels,
    roles,
    settled,
    close: async () => {
      await Promise.all([...sentinels, first, second].map(({ close }) => close()));
    },
  };
}

/** `reached` is the port at which others come in. */
async function startServer(
  guard?: Guard,
  master?: number,
): Promise<TestRedis & { readonly reached: number }> {
  const tlsPort = await freePort();
  const guarded = guard && [
    ...argumentsOf([['tls-port', String(tlsPort)], ...guard.settings, ...letIn(AT_SERVERS)]),
    ...['--masterauth', guard.password],
  ];
  const following = master === undefined ? [] : ['--replicaof', `127.0.0.1 ${master}`];
  const redis = await createRedis([...(guarded ?? []), ...following], guard?.password);
  await redis.start();
  return { ...redis, reached: guard === undefined ? redis.port : tlsPort };
}

async function startSentinel(
  master: number,
  guard: Guard | undefined,
): Promise<TestSentinel & { readonly reached: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-sentinel-'));
  const path = join(folder, 'sentinel.conf');
  const [port, tlsPort] = [await freePort(), await freePort()];
  const guarded = guard && [
    `tls-port ${tlsPort}`,
    ...[...guard.settings, ...letIn(AT_SENTINELS)].map((setting) => setting.join(' ')),
    `sentinel sentinel-pass ${guard.password}`,
  ];
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    ...(guarded ?? []),
    `sentinel monitor ${NAME} 127.0.0.1 ${master} 2`,
    ...(guard === undefined ? [] : [`sentinel auth-pass ${NAME} ${guard.password}`]),
    `sentinel down-after-milliseconds ${NAME} 500`,
    `sentinel failover-timeout ${NAME} 1000`,
  ];
  await writeFile(path, settings.join('\n'));
  const server: RunningServer = await runProgram('redis-server', [path, '--sentinel'], folder);
  await listening(port);
  const login = guard === undefined ? {} : { password: guard.password };
  const client = new Redis(port, '127.0.0.1', { protocol: 2, ...login });
  client.on('error', () => undefined);
  return {
    client,
    reached: guard === undefined ? port : tlsPort,
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
