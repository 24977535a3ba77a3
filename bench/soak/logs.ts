import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const lineSchema = z.object({ level: z.int(), msg: z.string().optional() });

const FATAL = 60;

export type Logs = { readonly lines: number; readonly breaches: readonly string[] };

/**
 * What the replicas print from now on, read when it is asked for: no line may be fatal, a fault of Postern's own, or a
 * word of the runtime. What stands there already is their greeting.
 */
export function readLogs(folder: string): () => Logs {
  const paths = globSync('postern-*/output.log', { cwd: folder }).map((name) => join(folder, name));
  const logs = paths.map((path) => ({ path, greeting: linesIn(path).length }));
  return () => {
    const lines = logs.flatMap(({ path, greeting }) => linesIn(path).slice(greeting));
    return { lines: lines.length, breaches: lines.filter(isBad).map((line) => `printed: ${line}`) };
  };
}

function linesIn(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

function isBad(line: string): boolean {
  const read = lineSchema.safeParse(parse(line));
  return !read.success || read.data.level >= FATAL || read.data.msg === 'fault';
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
