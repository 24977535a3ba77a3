import { execFileSync } from 'node:child_process';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import type { Pinning } from './processes.ts';

/** What the figures are of. */
export function describeMachine(pinning: Pinning | undefined, generator: string) {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${platform()} ${arch()} ${release()}`,
    /** Above what this run needs, somebody else is at work here, and the spread says how much. */
    loadAverage: loadavg(),
    ...(pinning && { pinning }),
    generator,
    versions: {
      node: process.versions.node,
      redis: firstLine('redis-server', '--version'),
      nginx: firstLine('nginx', '-v'),
      postern: firstLine('git', '-C', import.meta.dirname, 'describe', '--always', '--dirty'),
    },
  };
}

export type Machine = ReturnType<typeof describeMachine>;

function firstLine(command: string, ...args: readonly string[]): string {
  try {
    // nginx tells its version on standard error.
    const text = execFileSync('sh', ['-c', '"$0" "$@" 2>&1', command, ...args], { encoding: 'utf8' });
    return text.split('\n', 1)[0] ?? '';
  } catch {
    return 'unknown';
  }
}
