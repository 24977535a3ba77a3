import { randomUUID } from 'node:crypto';
import { Cluster } from 'ioredis';
import { CannotTell } from '../../decision/session.ts';
import { parseSessionId, type SessionId } from '../../decision/token.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SessionDirectory } from '../../management/ports.ts';
import {
  type CacheObserver,
  type CacheSettings,
  createNearCache,
  type NearCache,
} from '../near/near-cache.ts';
import { readRow, writeRow } from '../row.ts';
import type { Store, StoreObserver } from '../store.ts';
import { createSubscriber, type RedisLocation } from './client.ts';
import { type Connection, connectRedis } from './connection.ts';
import { createForeignDenials, createIsDenied, createNearReadDenial, createReadDenial } from './denials.ts';
import { dropWritten } from './drop-written.ts';
import { createFindRow, createNearFindRow } from './find-row.ts';
import { createKeys, type Keys } from './keys.ts';
import { createConsumeOnce, createStrike } from './once.ts';
import { createReapply, rememberRevocations } from './reapply.ts';
import { createRegistries } from './registries.ts';
import { TOUCH } from './scripts.ts';
import { createAgreeOnSecret, createSecretUses } from './secrets.ts';
import { createTable } from './table.ts';
import { createTracking, type Tracking } from './tracking.ts';
import { watchWarnings } from './warnings.ts';

export type RedisStoreOptions = {
  readonly location: RedisLocation;
  readonly prefix: string;
  /** With `maxEntries` 0 nothing is held, and every decision reads. */
  readonly cache: CacheSettings;
};

/** The shared store. Starts, and stays, whether a server is there or not; throws where the files of TLS can't be read. */
export function openRedisStore(
  { location, prefix, cache }: RedisStoreOptions,
  clock: Clock,
  observer: StoreObserver,
  cacheObserver: CacheObserver,
): Store {
  const keys = createKeys(prefix);
  const { store, connection } = composeStore(location, keys, clock, observer);
  const { redis } = connection;
  const subscriber = cache.maxEntries > 0 ? createSubscriber(location) : undefined;
  // A cluster has a connection for each of its nodes, and none of them is told of all.
  if (redis instanceof Cluster || subscriber === undefined) return store;
  const near = createNearCache(cache, clock, cacheObserver);
  const tracking = createTracking(redis, subscriber, keys.canary(randomUUID()), near);
  return dropWritten(holding(store, connection, keys, near, tracking), keys, near);
}

/** The store, with what is read for decisions held in memory. */
function holding(
  store: Store,
  connection: Connection,
  keys: Keys,
  near: NearCache,
  tracking: Tracking,
): Store {
  const isDenied = createIsDenied(keys, createNearReadDenial(createReadDenial(connection), near.texts));
  return {
    ...store,
    findRow: createNearFindRow(connection, keys, near),
    foreignDenials: { ...store.foreignDenials, isDenied },
    cache: near.figures,
    close: async () => {
      tracking.stop();
      await store.close();
    },
  };
}

/** Everything that reads and writes; with its connection, for what is to be held of what it reads. */
function composeStore(
  location: RedisLocation,
  keys: Keys,
  clock: Clock,
  observer: StoreObserver,
): { readonly store: Store; readonly connection: Connection } {
  const connection = connectRedis(location, keys.probe, observer);
  const { redis, isUp } = connection;
  const { table, denials, recent } = rememberRevocations(
    createTable(connection, keys, clock),
    createForeignDenials(connection, keys),
  );
  const { reapply, stop } = createReapply(recent, isUp);
  connection.onReached(reapply);
  const warnings = watchWarnings(connection, keys.secretFingerprint, clock, observer);
  const store: Store = {
    findRow: createFindRow(connection, keys),
    touch: createTouch(connection, keys),
    table,
    directory: createDirectory(connection, keys),
    registries: createRegistries(connection, keys),
    secretUses: createSecretUses(connection, keys),
    agreeOnSecret: createAgreeOnSecret(connection, keys),
    consumeOnce: createConsumeOnce(connection, keys),
    strike: createStrike(connection, keys),
    foreignDenials: denials,
    health: async () => ({ answers: isUp(), warnings: warnings() }),
    close: async () => {
      stop();
      redis.disconnect();
    },
  };
  return { store, connection };
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
