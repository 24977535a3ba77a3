import { CannotTell } from '../../decision/session.ts';
import { parseSessionId, type SessionId } from '../../decision/token.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';
import type { SessionDirectory } from '../../management/ports.ts';
import type { FindRow } from '../../registry/ports.ts';
import { readRow, writeRow } from '../row.ts';
import type { Store, StoreObserver } from '../store.ts';
import { type Connection, connectRedis } from './connection.ts';
import { createForeignDenials } from './denials.ts';
import { createKeys, type Keys } from './keys.ts';
import { createConsumeOnce, createStrike } from './once.ts';
import { createRegistries } from './registries.ts';
import { TOUCH } from './scripts.ts';
import { createAgreeOnSecret, createSecretUses } from './secrets.ts';
import { createTable } from './table.ts';
import { watchWarnings } from './warnings.ts';

/** The shared store. `url` is `redis://` or `rediss://`. Starts, and stays, whether the server is there or not. */
export function openRedisStore(url: Secret, prefix: string, clock: Clock, observer: StoreObserver): Store {
  const keys = createKeys(prefix);
  const connection = connectRedis(url, keys.probe, observer);
  const warnings = watchWarnings(connection.redis, observer);
  return {
    findRow: createFindRow(connection, keys),
    touch: createTouch(connection, keys),
    table: createTable(connection, keys, clock),
    directory: createDirectory(connection, keys),
    registries: createRegistries(connection, keys),
    secretUses: createSecretUses(connection, keys),
    agreeOnSecret: createAgreeOnSecret(connection, keys),
    consumeOnce: createConsumeOnce(connection, keys),
    strike: createStrike(connection, keys),
    foreignDenials: createForeignDenials(connection, keys),
    health: async () => ({ answers: connection.isUp(), warnings: warnings() }),
    close: async () => connection.redis.disconnect(),
  };
}

/**
 * One round trip: what is sent together is answered together. Not MGET, which takes a value of the wrong type for none,
 * and in a cluster does not reach two slots.
 */
function createFindRow({ redis, run }: Connection, keys: Keys): FindRow {
  return (tenant, id) =>
    run('find', async () => {
      const [row, version] = await Promise.all([
        redis.get(keys.row(tenant, id)),
        redis.get(keys.ofRegistry(tenant).version),
      ]);
      if (row === null) return undefined;
      return { session: readRow(row, tenant, id), version: version ?? '' };
    });
}

function createDirectory({ redis, run }: Connection, keys: Keys): SessionDirectory {
  return {
    find: (tenant, id) =>
      run('find', async () => {
        const row = await redis.get(keys.row(tenant, id));
        return row === null ? undefined : readRow(row, tenant, id);
      }),
    list: (tenant, subject, { limit, before }) =>
      run('list', async () => {
        const { list } = keys.ofSubject(tenant, subject);
        const from = before === undefined ? '+inf' : `(${before}`;
        const listed = await redis.zrevrangebyscore(list, from, '-inf', 'WITHSCORES', 'LIMIT', 0, limit);
        const members = listed.filter((_, index) => index % 2 === 0).map(parseMember);
        if (members.length === 0) return { sessions: [] };
        const rows = await redis.mget(members.map((id) => keys.row(tenant, id)));
        // A row that the store has dropped is listed until the next creation; a page may be short, but has a next.
        const sessions = members.flatMap((id, index) => {
          const row = rows[index];
          return typeof row === 'string' ? [readRow(row, tenant, id)] : [];
        });
        return members.length < limit ? { sessions } : { sessions, next: Number(listed.at(-1)) };
      }),
  };
}

function createTouch({ redis, run }: Connection, keys: Keys): Store['touch'] {
  return (session, lastSeenAt) =>
    run('touch', async () => {
      const row = writeRow({ ...session, lastSeenAt });
      await redis.eval(TOUCH, 1, keys.row(session.tenant, session.id), row, session.lastSeenAt);
    });
}

function parseMember(text: string): SessionId {
  const id = parseSessionId(text);
  if (id === undefined) throw new CannotTell('row_unreadable', 'a list of sessions has a broken member');
  return id;
}
