import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, listening } from '../test/support/ports.ts';
import { findProgram } from '../test/support/programs.ts';
import type { Processes } from './processes.ts';
import { type Seeded, seed } from './seed.ts';

export type Store = {
  readonly url: string;
  /** So many sessions; written when they are first asked for. */
  readonly sessions: (size: number) => Promise<Seeded>;
  /** What it has got, but for those that ask this. */
  readonly commands: () => Promise<Commands>;
  readonly close: () => void;
};

/** How many commands, and how many of them read a value. */
export type Commands = { readonly all: number; readonly reads: number };

const NOT_OF_DECISIONS = new Set(['info', 'ping', 'hello', 'client', 'select', 'config']);

/** Where what is measured lives. */
export async function startRedis(processes: Processes, parent: string): Promise<Store> {
  const { url, client } = await startRedisServer(processes, parent);
  const seeded = new Map<number, Promise<Seeded>>();
  return {
    url,
    sessions: (size) => {
      const found = seeded.get(size) ?? seed(client, size);
      seeded.set(size, found);
      return found;
    },
    commands: async () => countCommands(await client.info('commandstats')),
    close: () => client.disconnect(),
  };
}

/** A real Redis that writes nothing to the disk: what is measured is not how fast that is. */
export async function startRedisServer(processes: Processes, parent: string) {
  const { path } = await findProgram({ name: 'redis-server', debianPackage: 'redis-server' }, tell);
  const folder = join(parent, 'redis');
  await mkdir(folder);
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  processes.start(path, args, { core: 'load', folder, output: join(folder, 'redis.log') });
  await listening(port);
  return {
    url: `redis://127.0.0.1:${port}`,
    client: new Redis(port, '127.0.0.1', { protocol: 2 }),
  };
}

/** Of what `INFO commandstats` counts: `cmdstat_get:calls=3,usec=5,…`. */
export function countCommands(stats: string): Commands {
  const counts = [...stats.matchAll(/^cmdstat_([a-z]+)[^:]*:calls=(\d+)/gm)]
    .map(([, name = '', calls]) => ({ name, calls: Number(calls) }))
    .filter(({ name }) => !NOT_OF_DECISIONS.has(name));
  const sum = (some: typeof counts) => some.reduce((total, { calls }) => total + calls, 0);
  return { all: sum(counts), reads: sum(counts.filter(({ name }) => name === 'get')) };
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
