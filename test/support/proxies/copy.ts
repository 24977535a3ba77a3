import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from '../server.ts';

/** A copy of what `deploy` has for a proxy, for it to run in. */
export async function copyDeployed(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `postern-${name}-`));
  await cp(join(import.meta.dirname, '../../../deploy', name), folder, { recursive: true });
  return folder;
}

export function closer(server: RunningServer, folder: string): () => Promise<void> {
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
