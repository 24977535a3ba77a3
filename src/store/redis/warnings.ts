import type { Redis } from 'ioredis';
import type { StoreObserver } from '../store.ts';
import { type Client, mastersOf } from './client.ts';
import { fieldOf } from './info.ts';

/** Asks each server about itself whenever it is reached; gives what was found last. */
export function watchWarnings(redis: Client, observer: StoreObserver): () => readonly string[] {
  let warnings: readonly string[] = [];
  redis.on('ready', () => {
    Promise.all(mastersOf(redis).map(readInfo)).then((found) => {
      warnings = [...new Set(found.flatMap(findWarnings))];
      warnings.forEach(observer.warned);
    });
  });
  return () => warnings;
}

async function readInfo(server: Redis): Promise<string> {
  try {
    return (await Promise.all([server.info('memory'), server.info('persistence')])).join('');
  } catch {
    // Not every user may ask (ACL), and who may not is none the worse for it.
    return '';
  }
}

/** What about a server's own settings can lose sessions, or bring revoked ones back. */
function findWarnings(info: string): readonly string[] {
  const warnings: string[] = [];
  const policy = fieldOf(info, 'maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis evicts keys when it is full (maxmemory-policy ${policy}): people are logged out, and "revoke all of a subject" can miss sessions. Set it to noeviction.`,
    );
  }
  if (fieldOf(info, 'aof_enabled') === '0') {
    warnings.push(
      'Redis keeps no append-only file (appendonly no): a restart from an older snapshot brings revoked sessions back. Set appendonly to yes.',
    );
  }
  return warnings;
}
