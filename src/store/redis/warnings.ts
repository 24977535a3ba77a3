import type { Redis } from 'ioredis';
import type { StoreObserver } from '../store.ts';

/** Asks a server about itself whenever it is reached; gives what was found last. */
export function watchWarnings(redis: Redis, observer: StoreObserver): () => readonly string[] {
  let warnings: readonly string[] = [];
  redis.on('ready', () => {
    findWarnings(redis).then(
      (found) => {
        warnings = found;
        found.forEach(observer.warned);
      },
      // Not every user may ask (ACL), and who may not is none the worse for it.
      () => undefined,
    );
  });
  return () => warnings;
}

/** What about a server's own settings can lose sessions, or bring revoked ones back. */
async function findWarnings(redis: Redis): Promise<readonly string[]> {
  const memory = await redis.info('memory');
  const persistence = await redis.info('persistence');
  const warnings: string[] = [];
  const policy = fieldOf(memory, 'maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis evicts keys when it is full (maxmemory-policy ${policy}): people are logged out, and "revoke all of a subject" can miss sessions. Set it to noeviction.`,
    );
  }
  if (fieldOf(persistence, 'aof_enabled') === '0') {
    warnings.push(
      'Redis keeps no append-only file (appendonly no): a restart from an older snapshot brings revoked sessions back. Set appendonly to yes.',
    );
  }
  return warnings;
}

function fieldOf(info: string, name: string): string | undefined {
  const line = info.split('\r\n').find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1);
}
