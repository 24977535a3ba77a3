import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Doubt } from '../../src/decision/session.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { parseRedisUrl } from '../../src/lib/redis-place.ts';
import type { CacheObserver, CacheSettings, FlushReason } from '../../src/store/near/near-cache.ts';
import { type Client, mastersOf, type RedisLocation } from '../../src/store/redis/client.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { startRedis } from './redis.ts';

export type Call = { readonly operation: string; readonly result: 'ok' | Doubt };

/** A store under test, and a way behind its back. */
export type TestStore = {
  readonly store: Store;
  readonly calls: Call[];
  /** Puts a text where the row of a session is, without a look at it. */
  readonly overwrite: (tenant: string, id: string, text: string) => Promise<void>;
  /** Puts a text where the document of a registry is, without a look at it, and leaves its version. */
  readonly overwriteRegistry: (tenant: string, text: string) => Promise<void>;
  /** Puts a text where the newest entry of an audit trail is. */
  readonly overwriteAudit: (tenant: string, text: string) => Promise<void>;
  /** From now on the audit trail takes no entry, and all else works. */
  readonly breakAudit: (tenant: string) => Promise<void>;
  /** Everything that is kept, keys and values, as text. */
  readonly dump: () => Promise<string>;
  /** Takes the engine away: from now on nothing can be told. */
  readonly breakDown: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function openTestSqlite(clock: Clock = systemClock): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-sqlite-'));
  const path = join(folder, 'test.db');
  const { calls, observer } = recorder();
  const store = openSqliteStore(path, clock, observer);
  const behind = new DatabaseSync(path);
  return {
    store,
    calls,
    overwrite: async (tenant, id, text) => {
      behind.prepare('UPDATE sessions SET row = ? WHERE tenant = ? AND id = ?').run(text, tenant, id);
    },
    overwriteRegistry: async (tenant, text) => {
      behind.prepare('UPDATE registries SET document = ? WHERE tenant = ?').run(text, tenant);
    },
    overwriteAudit: async (tenant, text) => {
      behind
        .prepare('UPDATE audit SET entry = ? WHERE place = (SELECT MAX(place) FROM audit WHERE tenant = ?)')
        .run(text, tenant);
    },
    breakAudit: async () => behind.exec('DROP TABLE audit'),
    dump: async () => dumpSqlite(behind),
    breakDown: async () => {
      for (const table of tablesOf(behind)) behind.exec(`DROP TABLE ${table}`);
    },
    close: async () => {
      behind.close();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Everything that is kept, keys and values, as text; and so below. */
export function dumpSqlite(database: DatabaseSync): string {
  return JSON.stringify(
    tablesOf(database).map((table) => [table, database.prepare(`SELECT * FROM ${table}`).all()]),
  );
}

function tablesOf(database: DatabaseSync): readonly string[] {
  const found = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  return found.map(({ name }) => String(name));
}

export const CACHE: CacheSettings = { maxEntries: 1_000, maxBytes: 1_000_000, ttlSeconds: 60 };
const NO_CACHE: CacheSettings = { ...CACHE, maxEntries: 0 };

/** Where a Redis is, without files for TLS and without a login for sentinels. */
export function locationOf(url: string): RedisLocation {
  const place = parseRedisUrl(url);
  if (place === undefined || 'fault' in place) throw new Error(`${url} is the URL of no Redis`);
  return { place, tlsFiles: {}, sentinelLogin: {} };
}

/** One more replica on a Redis that is there already; with a near cache, it holds what it reads from the beginning. */
export async function openReplica(
  redis: { readonly url: string },
  clock: Clock = systemClock,
  cache = NO_CACHE,
) {
  const { calls, observer, up } = recorder();
  const { promise: coherent, resolve } = Promise.withResolvers<void>();
  const flushes: FlushReason[] = [];
  const cacheObserver: CacheObserver = {
    changed: (state) => (state === 'coherent' ? resolve() : undefined),
    flushed: (reason) => void flushes.push(reason),
  };
  const options = { location: locationOf(redis.url), prefix: 'postern', cache };
  const store = openRedisStore(options, clock, observer, cacheObserver);
  await up;
  if (cache.maxEntries > 0) await coherent;
  return { store, calls, flushes };
}

/** The same with a near cache. */
export const openTestNearRedis = (clock?: Clock) => openTestRedis(clock, CACHE);

export async function openTestRedis(clock: Clock = systemClock, cache = NO_CACHE) {
  const redis = await startRedis();
  const { store, calls } = await openReplica(redis, clock, cache);
  return {
    store,
    redis,
    calls,
    ...behindTheStore(redis.client),
    breakDown: () => redis.kill(),
    close: async () => {
      await store.close();
      await redis.close();
    },
  };
}

/** What a test does by hand to what a store keeps in Redis. */
export function behindTheStore(client: Client) {
  const keyOf = (tenant: string, id: string) => `postern:{${tenant}.${id.slice(0, 2)}}:session:${id}`;
  return {
    keyOf,
    overwrite: async (tenant: string, id: string, text: string) => {
      await client.set(keyOf(tenant, id), text, 'KEEPTTL');
    },
    overwriteRegistry: async (tenant: string, text: string) => {
      await client.set(`postern:{${tenant}}:registry`, text);
    },
    overwriteAudit: async (tenant: string, text: string) => {
      const key = `postern:{${tenant}}:audit`;
      const [, place = '0'] = await client.zpopmax(key);
      await client.zadd(key, place, text);
    },
    breakAudit: async (tenant: string) => {
      await client.set(`postern:{${tenant}}:audit`, 'no trail');
    },
    dump: () => dumpRedis(client),
  };
}

export async function dumpRedis(client: Client): Promise<string> {
  const keys = (await Promise.all(mastersOf(client).map((server) => server.keys('*')))).flat();
  const values = await Promise.all(keys.map((key) => dumpKey(client, key)));
  return JSON.stringify([keys, values]);
}

async function dumpKey(client: Client, key: string): Promise<unknown> {
  const type = await client.type(key);
  if (type === 'zset') return client.zrange(key, '0', '-1', 'WITHSCORES');
  return type === 'hash' ? client.hgetall(key) : client.get(key);
}

function recorder() {
  const calls: Call[] = [];
  const { promise: up, resolve } = Promise.withResolvers<void>();
  const observer = {
    called: (operation: string, result: Call['result']) => void calls.push({ operation, result }),
    changed: (state: 'up' | 'down') => (state === 'up' ? resolve() : undefined),
    warned: () => undefined,
  };
  return { calls, observer, up };
}
