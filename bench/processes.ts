import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** Where a process runs, where there are two cores: what is measured has the first one to itself. */
export type Core = 'measured' | 'load';

export type Spawned = {
  readonly core: Core;
  readonly folder: string;
  /** The file that gets what it prints. */
  readonly output: string;
};

export type Running = { readonly pid: number; readonly stop: () => Promise<void> };

export type Processes = {
  /** Rejects when a server ends that was not stopped. */
  readonly died: Promise<never>;
  readonly start: (command: string, args: readonly string[], how: Spawned) => Running;
  /** Ends all that it has started. */
  readonly stopAll: () => Promise<void>;
};

const alive = new Set<ChildProcess>();

/** Also where the process ends by an error or a signal: no server outlives it. */
export function killAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}

export function createProcesses(pinning: Pinning | undefined): Processes {
  const running = new Set<Running>();
  const { promise: died, reject } = Promise.withResolvers<never>();
  died.catch(() => undefined);
  let isOver = false;
  return {
    died,
    start: (command, args, how) => {
      if (isOver) throw new Error('a case that has failed goes on');
      const started = startServer(pinning, command, args, how, reject);
      running.add(started);
      return started;
    },
    stopAll: async () => {
      isOver = true;
      await Promise.all([...running].map(({ stop }) => stop()));
      running.clear();
    },
  };
}

function startServer(
  pinning: Pinning | undefined,
  command: string,
  args: readonly string[],
  { core, folder, output }: Spawned,
  died: (error: unknown) => void,
): Running {
  const [program, ...rest] = core === 'measured' ? pinned(pinning, command, args) : [command, ...args];
  const file = openSync(output, 'a');
  const child = spawn(program, rest, { cwd: folder, stdio: ['ignore', file, file], env: environment() });
  alive.add(child);
  let stopping = false;
  const gone = once(child, 'exit').then(([code, signal]) => {
    alive.delete(child);
    if (stopping) return;
    const said = readFileSync(output, 'utf8').slice(-2_000);
    died(new Error(`${command} ${args.join(' ')} ended (${code ?? signal})\n${said}`));
  }, died);
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      stopping = true;
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Runs a program until it ends; gives what it printed. It runs where the load does unless `core` says otherwise. */
export async function run(
  command: string,
  args: readonly string[],
  pinning?: Pinning,
  core: Core = 'load',
): Promise<string> {
  const [program, ...rest] = core === 'measured' ? pinned(pinning, command, args) : [command, ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
  alive.add(child);
  const [out, error, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  alive.delete(child);
  if (code !== 0) throw new Error(`${command} ended with ${code}\n${error}${out}`);
  return out;
}

/** Nothing of ours: a setting in the environment would be measured without a word. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH };
}

/** The core of what is measured, and those of everything else. */
export type Pinning = { readonly measured: string; readonly load: string };

/** Undefined where there is one core alone, or no taskset. */
export function findPinning(): Pinning | undefined {
  if (!isInstalled('taskset', '-V')) return undefined;
  const [measured, ...load] = allowedCores(readFileSync('/proc/self/status', 'utf8'));
  return measured === undefined || load.length === 0 ? undefined : { measured, load: load.join(',') };
}

/** In a container, those of the machine are not all ours. */
function allowedCores(status: string): string[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
  });
}

/** Moves this process off the core of what is measured, and with it whatever it starts from now on. */
export function keepAside({ load }: Pinning): void {
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', load, String(process.pid)]);
  if (status !== 0) throw new Error(`taskset can't move this process to the cores ${load}`);
}

function pinned(
  pinning: Pinning | undefined,
  command: string,
  args: readonly string[],
): [string, ...string[]] {
  if (pinning === undefined) return [command, ...args];
  return ['taskset', '-c', pinning.measured, command, ...args];
}

export function isInstalled(command: string, argument: string): boolean {
  return spawnSync(command, [argument]).error === undefined;
}
