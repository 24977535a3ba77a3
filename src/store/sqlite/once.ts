import type { DatabaseSync } from 'node:sqlite';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Clock } from '../../lib/clock.ts';
import type { ConsumeOnce, Strike } from '../../oauth/ports.ts';
import type { Run } from '../run.ts';
import { STRIKES, secondsRefused } from '../strikes.ts';

export function createConsumeOnce(database: DatabaseSync, run: Run, clock: Clock): ConsumeOnce {
  const deleteDead = database.prepare(
    'DELETE FROM used WHERE rowid IN (SELECT rowid FROM used WHERE expires_at <= ? LIMIT 100)',
  );
  // What is over but not yet deleted counts as never used.
  const insert = database.prepare(
    `INSERT INTO used (tenant, digest, expires_at) VALUES (?1, ?2, ?3)
     ON CONFLICT (tenant, digest) DO UPDATE SET expires_at = ?3 WHERE expires_at <= ?4`,
  );
  return (tenant, digest, seconds) =>
    run('consume_once', () => {
      const now = clock();
      deleteDead.run(now);
      return insert.run(tenant, digest, now + seconds, now).changes === 1;
    });
}

/** Counted in memory: there is one process, and a restart may forgive. */
export function createStrike(run: Run): Strike {
  const limiter = new RateLimiterMemory(STRIKES);
  return (key) => run('strike', () => secondsRefused(limiter.consume(key)));
}
