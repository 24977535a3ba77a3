import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from '../server.ts';

/** A copy of what `deploy` has for a proxy, for it to run in. */
export async function copyDeployed(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `postern-${name}-`));
  await cp(join(import.meta.dirname, '../../../deploy', name), folder, { recursive: true });
  return folder;
}

/** Puts the test's own addresses into a proxy's file that can't include them. Each must be there, and once. */
export async function replaceIn(path: string, changes: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(path, 'utf8');
  for (const [from, to] of Object.entries(changes)) {
    if (text.split(from).length !== 2) throw new Error(`${path} does not have ${from} once`);
    text = text.replace(from, to);
  }
  await writeFile(path, text);
}

export function closer(server: RunningServer, folder: string): () => Promise<void> {
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
