import type { Redis } from 'ioredis';
import type { Clock } from '../../lib/clock.ts';
import type { StoreObserver } from '../store.ts';
import { type Client, mastersOf } from './client.ts';
import type { Connection } from './connection.ts';
import { fieldOf } from './info.ts';

const ASK_SECONDS = 30;
const LOOK_MILLISECONDS = 1_000;

/**
 * Asks a server about itself whenever it is reached, and every 30 s while it answers; gives what was found last, and
 * tells once of what is new. `witness` is a key that nobody deletes.
 */
export function watchWarnings(
  { redis, isUp }: Connection,
  witness: string,
  clock: Clock,
  observer: StoreObserver,
): () => readonly string[] {
  let warnings: readonly string[] = [];
  let asked = Number.NEGATIVE_INFINITY;
  let wasThere = false;
  const ask = async () => {
    asked = clock();
    const isThere = (await redis.exists(witness)) === 1;
    const found = [...(wasThere && !isThere ? [EMPTIED] : []), ...(await findAmong(redis))];
    wasThere ||= isThere;
    for (const warning of found) if (!warnings.includes(warning)) observer.warned(warning);
    warnings = found;
  };
  // Not every user may ask (ACL), and who may not is none the worse for it.
  const tryToAsk = () => void ask().catch(() => undefined);
  // The clock may have been set back.
  const isDue = () => isUp() && Math.abs(clock() - asked) >= ASK_SECONDS;
  const timer = setInterval(() => (isDue() ? tryToAsk() : undefined), LOOK_MILLISECONDS).unref();
  redis.on('ready', tryToAsk);
  redis.on('end', () => clearInterval(timer));
  return () => warnings;
}

const EMPTIED =
  'Redis was emptied while we used it (FLUSHALL, FLUSHDB, or another database under its name): everybody is logged out, and nothing is declared. Restart Postern when that is mended, or was meant.';

async function findAmong(client: Client): Promise<readonly string[]> {
  const found = await Promise.all(mastersOf(client).map(readInfo));
  return [...new Set(found.flatMap(findWarnings))];
}

async function readInfo(server: Redis): Promise<string> {
  return (await Promise.all([server.info('memory'), server.info('persistence')])).join('');
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
