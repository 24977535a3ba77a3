import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mintToken } from '../src/decision/token.ts';
import { createIdentity } from '../src/proxy/identity-headers.ts';
import { POSTERN } from '../src/proxy/presets.ts';
import { freePort, listening } from '../test/support/ports.ts';
import type { Floor } from './floors/http.ts';
import type { Algorithm, Work } from './floors/signatures.ts';
import type { Load } from './load/load.ts';
import { createRandom, createZipf, type Random } from './measure/zipf.ts';
import { startConstant, startSite } from './nginx.ts';
import type { Options } from './options.ts';
import { type Input, type Postern, startPostern } from './postern.ts';
import { type Core, type Pinning, type Processes, run } from './processes.ts';
import type { Store } from './redis.ts';
import { type Seeded, sessionOf } from './seed.ts';

export const SESSIONS = 100_000;

/** More than are answered in a second here: none is drawn twice because the list was over. */
const MOST_PER_SECOND = 100_000;

type Parts = {
  readonly options: Options;
  readonly processes: Processes;
  readonly pinning: Pinning | undefined;
  readonly load: Load;
  readonly store: Store;
  readonly folder: string;
  readonly bundle: string;
};

export type PosternOptions = {
  readonly settings?: Input;
  /** Absent: switched off. */
  readonly nearCache?: boolean;
  /** Whose sessions it has; absent: a table of its own. */
  readonly sessions?: Seeded;
  readonly core?: Core;
};

/** What a case has at hand. All that it starts ends with it. */
export type Bench = ReturnType<typeof createBench>;

export function createBench(parts: Parts) {
  const { options, processes, pinning, load, store, folder, bundle } = parts;
  const random = createRandom(1);
  const startFloor = async (floor: Omit<Floor, 'port'>) => {
    const port = await freePort();
    const args = [join(import.meta.dirname, 'floors/http.ts'), JSON.stringify({ ...floor, port })];
    const output = join(folder, `floor-${port}.log`);
    processes.start(process.execPath, args, { core: 'measured', folder, output });
    await listening(port);
    return port;
  };
  return {
    options,
    load,
    store,
    processes,
    folder,
    random,
    /** Credentials for a side of a round, drawn anew. */
    draw: (tokens: readonly string[]) => drawMany(tokens, random, options.seconds * MOST_PER_SECOND),
    startPostern: ({ settings, nearCache = false, sessions, core = 'measured' }: PosternOptions) =>
      startPostern({
        ...{ processes, bundle, parentFolder: folder, nearCache, core },
        settings: {
          storeUrl: store.url,
          storePrefix: sessions?.prefix ?? `own-${nextNumber()}`,
          ...settings,
        },
      }),
    startF1: () => startFloor({ headers: identityHeaders() }),
    startF2: async ({ keys }: Seeded) => {
      const file = join(folder, 'keys');
      const drawn = drawMany(keys, random, MOST_PER_SECOND);
      await writeFile(file, drawn.map((key) => `${key}\n`).join(''));
      return startFloor({ headers: identityHeaders(), store: { url: store.url, keys: file } });
    },
    startConstant: (core: Core) => startConstant({ processes, folder, core }),
    /** Where the resolver runs: were it elsewhere, whichever of the two waits for the other would hide what that one costs. */
    startSite: (decisionPort: number, appPort: number) =>
      startSite({ processes, folder, core: 'measured' }, decisionPort, appPort),
    /** How often a second the core of what is measured signs or verifies. */
    signatures: async (alg: Algorithm, operation: Work['operation']) => {
      const work: Work = { alg, operation, seconds: options.seconds };
      const script = join(import.meta.dirname, 'floors/signatures.ts');
      return Number(await run(process.execPath, [script, JSON.stringify(work)], pinning, 'measured'));
    },
  };
}

let number = 0;

function nextNumber(): number {
  number += 1;
  return number;
}

function drawMany(values: readonly string[], random: Random, count: number): string[] {
  const draw = createZipf(values.length, random);
  return Array.from({ length: count }, () => values[draw()] ?? '');
}

/** Those of a session, as an allow has them, for a server that says the same to everybody. */
function identityHeaders(): string[] {
  const subject = 'user-0000000';
  const session = sessionOf(mintToken(subject).id, subject, Math.floor(Date.now() / 1000));
  return [
    'Content-Length',
    '0',
    'Cache-Control',
    'no-store',
    ...createIdentity(POSTERN, 0).of(session).headers,
  ];
}

/** Asks for a while, so that what is measured is what a server does all day; of a near cache, so that it is full. */
export async function warm(
  { load, options, draw }: Bench,
  { decision }: Postern['ports'],
  tokens: readonly string[],
  questionsOf: (port: number, credentials: readonly string[]) => Parameters<Load['rate']>[0],
): Promise<void> {
  if (!options.short) await load.warm(questionsOf(decision, tokens.slice(0, SESSIONS)));
  await load.warm(questionsOf(decision, draw(tokens)), options.warmSeconds);
}
