import type { Session } from '../../decision/session.ts';
import type { SessionId } from '../../decision/token.ts';
import type { FindRow } from '../../registry/ports.ts';
import type { Fact } from '../near/facts.ts';
import type { NearCache } from '../near/near-cache.ts';
import { readRow } from '../row.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';

/**
 * One round trip: what is sent together is answered together. Not MGET, which takes a value of the wrong type for none,
 * and in a cluster does not reach two slots.
 */
export function createFindRow({ redis, run }: Connection, keys: Keys): FindRow {
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

/** The same, and none for what is held. */
export function createNearFindRow(
  { redis, run }: Connection,
  keys: Keys,
  { sessions, texts }: NearCache,
): FindRow {
  const readSession = (tenant: string, id: SessionId, key: string) =>
    run('find', async (): Promise<Fact<Session> | undefined> => {
      const row = await redis.get(key);
      if (row === null) return undefined;
      const session = readRow(row, tenant, id);
      return { value: session, bytes: weigh(row), until: session.expiresAt };
    });
  const readVersion = (key: string) =>
    run('find', async (): Promise<Fact<string>> => {
      const version = (await redis.get(key)) ?? '';
      return { value: version, bytes: weigh(version), until: Number.POSITIVE_INFINITY };
    });
  return async (tenant, id) => {
    const key = keys.row(tenant, id);
    const versionKey = keys.ofRegistry(tenant).version;
    const [heldSession, heldVersion] = [sessions.held(key), texts.held(versionKey)];
    if (heldSession !== undefined && heldVersion !== undefined) {
      return { session: heldSession, version: heldVersion };
    }
    const [session, version = ''] = await Promise.all([
      heldSession ?? sessions.get(key, () => readSession(tenant, id, key)),
      heldVersion ?? texts.get(versionKey, () => readVersion(versionKey)),
    ]);
    return session && { session, version };
  };
}

/** What an object, its strings and its place in the maps were measured to take, for a row of this length. */
function weigh(text: string): number {
  return 2 * text.length + 512;
}
