import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Doubt } from '../../src/decision/session.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { Secret } from '../../src/lib/secret.ts';
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
    dump: async () => JSON.stringify(behind.prepare('SELECT * FROM sessions').all()),
    breakDown: async () => behind.exec('DROP TABLE sessions'),
    close: async () => {
      behind.close();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function openTestRedis(clock: Clock = systemClock) {
  const redis = await startRedis();
  const { calls, observer, up } = recorder();
  const store = openRedisStore(new Secret(redis.url), 'postern', clock, observer);
  await up;
  const keyOf = (tenant: string, id: string) => `postern:{${tenant}.${id.slice(0, 2)}}:session:${id}`;
  return {
    store,
    redis,
    calls,
    keyOf,
    overwrite: async (tenant: string, id: string, text: string) => {
      await redis.client.set(keyOf(tenant, id), text, 'KEEPTTL');
    },
    dump: async () => {
      const keys = await redis.client.keys('*');
      const values = await Promise.all(keys.map((key) => dumpKey(redis.client, key)));
      return JSON.stringify([keys, values]);
    },
    breakDown: () => redis.kill(),
    close: async () => {
      await store.close();
      await redis.close();
    },
  };
}

async function dumpKey(
  client: Awaited<ReturnType<typeof startRedis>>['client'],
  key: string,
): Promise<unknown> {
  return (await client.type(key)) === 'zset' ? client.zrange(key, '0', '-1', 'WITHSCORES') : client.get(key);
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
