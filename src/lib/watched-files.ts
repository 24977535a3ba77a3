import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { hasCode } from './files.ts';

const LOOK_MILLISECONDS = 500;

/** Keeps no process from ending. */
const pause = (): Promise<void> => setTimeout(LOOK_MILLISECONDS, undefined, { ref: false });

/**
 * Tells when one of the files is another than before, as soon as two looks in a row see the same: what is written in
 * steps, or gone for a moment, is told once. It looks at what the path leads to, by and by, and waits for no event of
 * the file system: those miss a target behind links, a file that is mounted by itself, and a network's, and they run out.
 */
export async function watchFiles(
  paths: readonly string[],
  changed: () => void,
  wait: () => Promise<void> = pause,
): Promise<never> {
  let told = await lookAt(paths);
  let before = told;
  for (;;) {
    await wait();
    const seen = await lookAt(paths);
    if (seen === before && seen !== told) {
      told = seen;
      changed();
    }
    before = seen;
  }
}

async function lookAt(paths: readonly string[]): Promise<string> {
  return (await Promise.all(paths.map(stampOf))).join('\n');
}

/** The time of the last change too: `mtime` alone is whatever a copy was told to keep. */
async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return hasCode(error, 'ENOENT') ? 'gone' : 'out of reach';
  }
}
