import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import { inject } from 'vitest';
import type { Program } from './programs.ts';

export { freePort, listening } from './ports.ts';

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

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
