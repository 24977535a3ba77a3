import { randomUUID } from 'node:crypto';
import { CannotTell } from '../../decision/session.ts';
import { parseSessionId, type SessionId } from '../../decision/token.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';
import type { SessionDirectory } from '../../management/ports.ts';
import { type CacheObserver, type CacheSettings, createNearCache } from '../near/near-cache.ts';
import { readRow, writeRow } from '../row.ts';
import type { Store, StoreObserver } from '../store.ts';
import { createSubscriber } from './client.ts';
import { type Connection, connectRedis } from './connection.ts';
import { createForeignDenials, createNearReadDenial, createReadDenial } from './denials.ts';
import { dropWritten } from './drop-written.ts';
import { createFindRow, createNearFindRow } from './find-row.ts';
import { createKeys, type Keys } from './keys.ts';
import { createConsumeOnce, createStrike } from './once.ts';
import { createRegistries } from './registries.ts';
import { TOUCH } from './scripts.ts';
import { createAgreeOnSecret, createSecretUses } from './secrets.ts';
import { createTable } from './table.ts';
import { createTracking } from './tracking.ts';
import { watchWarnings } from './warnings.ts';

export type RedisStoreOptions = {
  readonly url: Secret;
  readonly prefix: string;
  /** With `maxEntries` 0 nothing is held, and every decision reads. */
  readonly cache: CacheSettings;
};

/** The shared store. `url` is `redis://` or `rediss://`. Starts, and stays, whether the server is there or not. */
export function openRedisStore(
  { url, prefix, cache }: RedisStoreOptions,
  clock: Clock,
  observer: StoreObserver,
  cacheObserver: CacheObserver,
): Store {
  const keys = createKeys(prefix);
  const connection = connectRedis(url, keys.probe, observer);
  const store = composeStore(connection, keys, clock, observer);
  if (cache.maxEntries === 0) return store;
  const near = createNearCache(cache, clock, cacheObserver);
  const tracking = createTracking(connection.redis, createSubscriber(url), keys.canary(randomUUID()), near);
  return dropWritten(
    {
      ...store,
      findRow: createNearFindRow(connection, keys, near),
      foreignDenials: createForeignDenials(
        connection,
        keys,
        createNearReadDenial(createReadDenial(connection), near.texts),
      ),
      cache: near.figures,
      close: async () => {
        tracking.stop();
        await store.close();
      },
    },
    keys,
    near,
  );
}

function composeStore(connection: Connection, keys: Keys, clock: Clock, observer: StoreObserver): Store {
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
    foreignDenials: createForeignDenials(connection, keys, createReadDenial(connection)),
    health: async () => ({ answers: connection.isUp(), warnings: warnings() }),
    close: async () => connection.redis.disconnect(),
  };
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
