import type { Redis } from 'ioredis';
import type { Session } from '../src/decision/session.ts';
import { mintToken, type SessionId } from '../src/decision/token.ts';
import { createKeys } from '../src/store/redis/keys.ts';
import { writeRow } from '../src/store/row.ts';

/** Sessions that stand in the store, under a prefix of their own. */
export type Seeded = {
  readonly prefix: string;
  readonly tokens: readonly string[];
  /** The key of each one's row, in the same order. */
  readonly keys: readonly string[];
};

const TENANT = 'default';
const BATCH = 1_000;
/** Longer than any run; and a session is not noted as used for a tenth of its idle time. */
const LIFE_SECONDS = 7 * 86_400;
const IDLE_SECONDS = 3 * 86_400;

/** A session as the management API makes one. */
export function sessionOf(id: SessionId, subject: string, now: number): Session {
  return {
    id,
    tenant: TENANT,
    subject,
    subjectType: 'user',
    scope: ['orders:read', 'orders:write'],
    roles: ['staff', 'editor'],
    audience: ['https://api.example.com/orders'],
    amr: ['pwd', 'otp'],
    claims: { email: `${subject}@example.com`, name: 'Ada Lovelace' },
    authenticatedAt: now,
    createdAt: now,
    expiresAt: now + LIFE_SECONDS,
    idleSeconds: IDLE_SECONDS,
    lastSeenAt: now,
  };
}

/** Writes `size` sessions as the store has them: through the management API, a million would take a quarter of an hour. */
export async function seed(redis: Redis, size: number): Promise<Seeded> {
  const prefix = `bench-${size}`;
  const keys = createKeys(prefix);
  const now = Math.floor(Date.now() / 1000);
  const tokens: string[] = [];
  const rows: string[] = [];
  while (tokens.length < size) {
    const pipeline = redis.pipeline();
    for (let count = 0; count < BATCH && tokens.length < size; count += 1) {
      const subject = `user-${String(tokens.length).padStart(7, '0')}`;
      const { token, id } = mintToken(subject);
      const key = keys.row(TENANT, id);
      pipeline.set(key, writeRow(sessionOf(id, subject, now)), 'EX', LIFE_SECONDS);
      tokens.push(token.reveal());
      rows.push(key);
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  }
  return { prefix, tokens, keys: rows };
}
