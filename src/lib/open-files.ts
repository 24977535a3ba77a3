import { readFileSync } from 'node:fs';

/** Where the system says nothing: what is safe everywhere. */
const UNKNOWN = 1_024;

/**
 * How many files and connections the process may have open at a time. Node raises the soft limit to the hard one at
 * its start, so this is what an administrator allows, and not the 1,024 of a shell.
 */
export function maxOpenFiles(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? UNKNOWN : Number(soft);
  } catch {
    return UNKNOWN;
  }
}
