import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, listening, type RunningServer, runProgram } from './server.ts';

/** A real Redis on a port of its own, that can be taken away and brought back. */
export type TestRedis = {
  readonly url: string;
  readonly port: number;
  /** A client of the test's own, to look at what is really there. */
  readonly client: Redis;
  readonly start: () => Promise<void>;
  readonly kill: () => Promise<void>;
  /** Stands still without a word: connections stay open and nothing is answered. */
  readonly freeze: () => Promise<void>;
  readonly thaw: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** `more` are arguments beside those that every one of them has; `password` is what it wants to hear of our client. */
export async function createRedis(more: readonly string[] = [], password?: string): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-redis-'));
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--appendonly',
    'yes',
    ...more,
  ];
  const login = password === undefined ? {} : { password };
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, protocol: 2, ...login });
  client.on('error', () => undefined);
  let server: RunningServer | undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    client,
    start: async () => {
      server = await runProgram('redis-server', args, folder);
      await listening(port);
    },
    kill: async () => server?.stop(),
    freeze: async () => server?.signal('SIGSTOP'),
    thaw: async () => server?.signal('SIGCONT'),
    close: async () => {
      client.disconnect();
      await server?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function startRedis(): Promise<TestRedis> {
  const redis = await createRedis();
  await redis.start();
  return redis;
}
