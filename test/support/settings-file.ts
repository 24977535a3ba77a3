import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { send } from './http.ts';
import { type LogLine, startProcess } from './postern.ts';

type Place = (folder: string, settings: string) => Promise<void>;

const asFile: Place = (folder, settings) => writeFile(join(folder, 'postern.yaml'), settings);

/** A Postern in a process of its own, on `./postern.yaml`, which the test changes; it ends with the test. */
export async function startOnFile(
  settings: string,
  environment: Record<string, string> = {},
  place: Place = asFile,
) {
  const folder = await mkdtemp(join(tmpdir(), 'postern-reload-'));
  const path = join(folder, 'postern.yaml');
  await place(folder, settings);
  const postern = await startProcess({ POSTERN_STORE_URL: 'sqlite::memory:', ...environment }, folder);
  onTestFinished(async () => {
    await postern.stop();
    await rm(folder, { recursive: true });
  });
  const seen = new Set<LogLine>();
  return {
    ...postern,
    folder,
    path,
    /** As an editor does it: whole, in one step. */
    replace: async (text: string) => {
      await writeFile(`${path}~`, text);
      await rename(`${path}~`, path);
    },
    /** The next line that tells of a reload with this result. */
    reloaded: async (result: string): Promise<LogLine> => {
      const line = await postern.logged(
        (line) => line.msg === 'reload' && line.result === result && !seen.has(line),
      );
      seen.add(line);
      return line;
    },
    metrics: async () => (await send(postern.ports.admin, { path: '/metrics' })).body,
  };
}

export type OnFile = Awaited<ReturnType<typeof startOnFile>>;
