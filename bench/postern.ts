import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { settingsSchema } from '../src/config/schema.ts';
import { freePort } from '../test/support/ports.ts';
import type { Core, Processes, Running } from './processes.ts';

export const ADMIN_TOKEN = 'the-admin-token-of-the-bench-and-of-nothing-else';
const SECRET_KEY = Buffer.alloc(32, 'the secret key of the bench').toString('base64url');

export type Ports = { readonly decision: number; readonly public: number; readonly admin: number };
export type Postern = Running & { readonly ports: Ports; readonly startedInMilliseconds: number };

export type Input = Omit<z.input<typeof settingsSchema>, 'listen' | 'adminToken' | 'secretKey' | 'cache'>;

export type Start = {
  readonly processes: Processes;
  /** The bundle. */
  readonly bundle: string;
  readonly parentFolder: string;
  readonly settings: Input;
  readonly nearCache: boolean;
  readonly core?: Core;
};

/** The bundle in a process of its own, as a user runs it, once it says that it is ready. */
export async function startPostern({
  processes,
  bundle,
  parentFolder,
  settings,
  nearCache,
  core = 'measured',
}: Start): Promise<Postern> {
  const folder = await mkdtemp(join(parentFolder, 'postern-'));
  const ports = { decision: await freePort(), public: await freePort(), admin: await freePort() };
  const config = join(folder, 'settings.yaml');
  const written = {
    log: { level: 'warn' },
    ...settings,
    cache: { maxEntries: nearCache ? 100_000 : 0 },
    listen: {
      decision: `127.0.0.1:${ports.decision}`,
      public: `127.0.0.1:${ports.public}`,
      admin: `127.0.0.1:${ports.admin}`,
    },
    adminToken: ADMIN_TOKEN,
    secretKey: SECRET_KEY,
  };
  // All of JSON is YAML.
  await writeFile(config, JSON.stringify(written));
  const started = performance.now();
  const running = processes.start(process.execPath, [bundle, 'serve', '--config', config], {
    core,
    folder,
    output: join(folder, 'output.log'),
  });
  await untilReady(ports.admin);
  return { ...running, ports, startedInMilliseconds: performance.now() - started };
}

/** The process that dies meanwhile ends the whole run, so this need not look for it. */
async function untilReady(port: number): Promise<void> {
  const end = AbortSignal.timeout(60_000);
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (response) => response.status,
      () => undefined,
    );
    if (status === 200) return;
    if (end.aborted) throw new Error(`not ready after 60 s: ${status ?? 'nobody listens'}`);
    await sleep(2);
  }
}
