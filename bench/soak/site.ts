import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type FaultProxy, startFaultProxy } from '../../test/support/fault-proxy.ts';
import { freePort, listening } from '../../test/support/ports.ts';
import type { Bench } from '../bench.ts';
import type { Postern } from '../postern.ts';
import type { Running } from '../processes.ts';

export const PREFIX = 'soak';
/** The same for both, as behind one name: else each would be an issuer of its own, and know no token of the other. */
const PUBLIC_URL = 'https://auth.example.com';

/** A Redis that is disturbed, and keeps what it acknowledged through a restart. */
export type DisturbedRedis = {
  readonly port: number;
  /** Not through a fault proxy. */
  readonly client: Redis;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly freeze: () => void;
  readonly thaw: () => void;
};

export type Replica = Postern & { readonly link: FaultProxy };

export type Site = {
  readonly redis: DisturbedRedis;
  readonly replicas: readonly Replica[];
  readonly close: () => Promise<void>;
};

/** Two replicas on one Redis, and a fault proxy between it and each. */
export async function startSite(bench: Bench): Promise<Site> {
  const redis = await startRedis(bench);
  const startReplica = async (core: 'measured' | 'load'): Promise<Replica> => {
    const link = await startFaultProxy(redis.port);
    const settings = { storeUrl: link.url, storePrefix: PREFIX, publicUrl: PUBLIC_URL };
    return { ...(await bench.startPostern({ settings, nearCache: true, core })), link };
  };
  const replicas = [await startReplica('measured'), await startReplica('load')];
  return {
    redis,
    replicas,
    close: async () => {
      redis.client.disconnect();
      await Promise.all(replicas.map(({ link }) => link.close()));
    },
  };
}

async function startRedis({ processes, folder: parent }: Bench): Promise<DisturbedRedis> {
  const folder = join(parent, 'disturbed-redis');
  await mkdir(folder);
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes'];
  let running: Running | undefined;
  const start = async () => {
    const output = join(folder, 'redis.log');
    running = processes.start('redis-server', args, { core: 'load', folder, output });
    await listening(port);
  };
  await start();
  const client = new Redis(port, '127.0.0.1', { protocol: 2, maxRetriesPerRequest: null });
  // While it is down.
  client.on('error', () => undefined);
  return {
    port,
    client,
    kill: async () => running?.stop(),
    start,
    freeze: () => signal(running, 'SIGSTOP'),
    thaw: () => signal(running, 'SIGCONT'),
  };
}

function signal(running: Running | undefined, name: NodeJS.Signals): void {
  if (running !== undefined) process.kill(running.pid, name);
}
