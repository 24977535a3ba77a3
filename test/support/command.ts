import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { spawnPostern } from './postern.ts';

export type Ended = { readonly code: number; readonly out: string; readonly err: string };

/** A command as a user runs it, until it ends by itself. */
export async function runPostern(
  args: readonly string[],
  environment: Record<string, string>,
  cwd: string,
): Promise<Ended> {
  const child = spawnPostern(environment, cwd, args);
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { code: child.exitCode ?? (await once(child, 'exit'))[0], out, err };
}

const read = async (stream: Readable | null) => (stream === null ? '' : text(stream));
