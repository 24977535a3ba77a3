import { type ChildProcess, spawn } from 'node:child_process';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { startPostern } from '../../src/app.ts';
import { settingsSchema } from '../../src/config/schema.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { WatchLoop } from '../../src/lib/event-loop.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { freePort, portOf, type RunningServer, runChild } from './server.ts';

export const ADMIN_TOKEN = 'the-admin-token-of-the-tests-and-of-nothing-else';

export type Ports = { readonly decision: number; readonly public: number; readonly admin: number };

export const SECRET_KEY = Buffer.alloc(32, 'the secret key of the tests').toString('base64url');

export type Input = z.input<typeof settingsSchema>;

/** The issuer's name has its port in it, so that is chosen before anything listens. */
export async function anyPorts() {
  return { decision: '127.0.0.1:0', public: `127.0.0.1:${await freePort()}`, admin: '127.0.0.1:0' };
}

/**
 * A Postern inside the test's own process, whose clock the test moves; on SQLite in memory unless told otherwise. How
 * late the event loop is says the test too: on a busy machine it can be so late that requests are turned away.
 */
export async function startInProcess(input: Input = {}, watchLoop?: WatchLoop) {
  let offset = 0;
  let tell: (lateMilliseconds: number) => void = () => undefined;
  const failed = Promise.withResolvers<Error>();
  const down = Promise.withResolvers<string>();
  const settings = settingsSchema.parse({
    listen: await anyPorts(),
    storeUrl: 'sqlite::memory:',
    ...input,
    log: { level: 'silent' },
  });
  const silent = createTelemetry('silent');
  const telemetry: Telemetry = {
    ...silent,
    store: {
      ...silent.store,
      changed: (state, reason) => {
        silent.store.changed(state, reason);
        if (state === 'down') down.resolve(reason);
      },
    },
  };
  const postern = await startPostern({
    settings,
    adminToken: new Secret(ADMIN_TOKEN),
    secretKey: settings.secretKey ?? new Secret(SECRET_KEY),
    telemetry,
    clock: () => systemClock() + offset,
    watchLoop:
      watchLoop ??
      ((told) => {
        tell = told;
        return () => undefined;
      }),
    fail: failed.resolve,
  });
  const { servers } = postern;
  const ports: Ports = {
    decision: portOrNone(servers.decision),
    public: portOf(servers.public),
    admin: portOrNone(servers.admin),
  };
  return {
    ports,
    servers,
    metrics: async () => (await telemetry.metrics()).text,
    advance: (seconds: number) => {
      offset += seconds;
    },
    /** A look at the event loop, which was so late. */
    loopIsLate: (milliseconds: number) => tell(milliseconds),
    /** Resolves with why the store was found to be away for the first time. */
    down: down.promise,
    /** Resolves with what made it useless to go on. */
    failed: failed.promise,
    close: postern.stop,
  };
}

/** A listener on a Unix socket has none: 0. */
function portOrNone(server: Server): number {
  return typeof server.address() === 'string' ? 0 : portOf(server);
}

export type InProcess = Awaited<ReturnType<typeof startInProcess>>;

/** One JSON line of the log. */
export type LogLine = { readonly [field: string]: unknown };

/** A Postern in a process of its own, as a user runs it. */
export type Process = RunningServer & {
  readonly pid: number;
  readonly ports: Ports;
  readonly log: readonly LogLine[];
  /** What stands on standard error so far: the banner, and whatever should not have happened. */
  readonly errorText: () => string;
  /** Resolves with the first line, past or to come, that fits. */
  readonly logged: (fits: (line: LogLine) => boolean) => Promise<LogLine>;
  readonly exitCode: () => number | null;
};

export const ENTRY = join(import.meta.dirname, '../../bin/postern.js');

export function spawnPostern(
  environment: Record<string, string>,
  cwd: string,
  args: readonly string[] = [],
): ChildProcess {
  return spawn(process.execPath, [ENTRY, ...args], { cwd, env: { PATH: process.env.PATH, ...environment } });
}

/** One that may have no more than so many files and connections open. */
export function spawnLimited(openFiles: number): typeof spawnPostern {
  const limit = `ulimit -n ${openFiles} && exec "$0" "$@"`;
  return (environment, cwd, args = []) =>
    spawn('/bin/sh', ['-c', limit, process.execPath, ENTRY, ...args], {
      cwd,
      env: { PATH: process.env.PATH, ...environment },
    });
}

export async function startProcess(
  environment: Record<string, string>,
  cwd: string,
  start = spawnPostern,
): Promise<Process> {
  const listen = await anyPorts();
  const child = start(
    {
      POSTERN_LISTEN_DECISION: listen.decision,
      POSTERN_LISTEN_PUBLIC: listen.public,
      POSTERN_LISTEN_ADMIN: listen.admin,
      POSTERN_ADMIN_TOKEN: ADMIN_TOKEN,
      ...environment,
    },
    cwd,
  );
  let errorText = '';
  child.stderr?.on('data', (chunk) => {
    errorText += String(chunk);
  });
  const { log, logged } = readLog(child);
  const started = await logged(({ msg }) => msg === 'listening');
  const printed = (name: keyof Ports) => Number(new URL(String(started[name])).port);
  return {
    ...runChild(child),
    pid: child.pid ?? 0,
    ports: { decision: printed('decision'), public: printed('public'), admin: printed('admin') },
    log,
    errorText: () => errorText,
    logged,
    exitCode: () => child.exitCode,
  };
}

function readLog(child: ChildProcess) {
  if (child.stdout === null) throw new Error('the process has no standard output');
  const log: LogLine[] = [];
  const waiting = new Set<() => void>();
  const ended = new Promise<never>((_, reject) => {
    child.once('close', (code) => reject(new Error(`postern ended with ${code}: ${JSON.stringify(log)}`)));
  });
  ended.catch(() => undefined);
  createInterface(child.stdout).on('line', (line) => {
    log.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const logged = (fits: (line: LogLine) => boolean): Promise<LogLine> => {
    const found = new Promise<LogLine>((resolve) => {
      const look = () => {
        const line = log.find(fits);
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
    });
    return Promise.race([found, ended]);
  };
  return { log, logged };
}
