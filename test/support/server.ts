import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import { inject } from 'vitest';
import type { Program } from './programs.ts';

export { freePort } from './free-port.ts';

/** A real server that a test started; whoever starts one stops it. */
export type RunningServer = {
  readonly signal: (signal: NodeJS.Signals) => Promise<void>;
  /** Ends it, however it stands, and waits until it is gone. */
  readonly stop: () => Promise<void>;
};

export type Environment = Readonly<Record<string, string>>;

/** Runs a program that the tests need. `folder` holds its files, and is the same place for an image. */
export async function runProgram(
  name: string,
  args: readonly string[],
  folder: string,
  environment: Environment = {},
): Promise<RunningServer> {
  const program: Program | undefined = inject('programs')[name];
  if (program === undefined) throw new Error(`${name} is not among the programs that the tests look for`);
  return 'image' in program
    ? runImage(program.image, program.path, args, folder, environment)
    : runChild(
        spawn(program.path, args, { cwd: folder, stdio: 'ignore', env: { ...process.env, ...environment } }),
      );
}

export function runChild(child: ChildProcess): RunningServer {
  const gone = once(child, 'exit');
  return {
    signal: async (signal) => void child.kill(signal),
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await gone;
    },
  };
}

export async function runImage(
  image: string,
  path: string,
  args: readonly string[],
  folder: string,
  environment: Environment = {},
): Promise<RunningServer> {
  const started = await new GenericContainer(image)
    .withNetworkMode('host')
    .withBindMounts([{ source: folder, target: folder }])
    .withWorkingDir(folder)
    .withEnvironment({ ...environment })
    .withEntrypoint([path])
    .withCommand([...args])
    .start();
  const client = await getContainerRuntimeClient();
  return {
    signal: async (signal) => void (await client.container.getById(started.getId()).kill({ signal })),
    stop: async () => void (await started.stop({ timeout: 0 })),
  };
}

/** Resolves once somebody accepts connections on the port; rejects after 20 s. */
export async function listening(port: number): Promise<void> {
  const end = AbortSignal.timeout(20_000);
  while (!(await accepts(port))) {
    if (end.aborted) throw new Error(`nobody listens on port ${port}`);
    await sleep(20);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
