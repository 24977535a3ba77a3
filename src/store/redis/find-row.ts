import type { Session } from '../../decision/session.ts';
import type { SessionId } from '../../decision/token.ts';
import { andThen } from '../../lib/awaitable.ts';
import { stopwatch } from '../../lib/clock.ts';
import type { FindRow, FoundRow } from '../../registry/ports.ts';
import type { Fact } from '../near/facts.ts';
import type { NearCache } from '../near/near-cache.ts';
import { createSharedLists } from '../near/shared-lists.ts';
import { readRow } from '../row.ts';
import { ask, NO_END } from './ask.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';

/**
 * One round trip: what is sent together is answered together. Not MGET, which takes a value of the wrong type for none,
 * and in a cluster does not reach two slots. The version matters to tokens that were issued here, and to no session of
 * a user: it is read along as soon as a tenant was seen to have any.
 */
export function createFindRow({ redis, run }: Connection, keys: Keys): FindRow {
  const haveTokens = new Set<string>();
  return (tenant, id) =>
    run('find', async () => {
      const versionKey = keys.ofRegistry(tenant).version;
      const [text, early] = haveTokens.has(tenant)
        ? await Promise.all([redis.get(keys.row(tenant, id)), redis.get(versionKey)])
        : [await redis.get(keys.row(tenant, id)), undefined];
      if (text === null) return undefined;
      const session = readRow(text, tenant, id);
      if (session.subjectType === 'user') return { session, version: undefined };
      haveTokens.add(tenant);
      const version = early === undefined ? await redis.get(versionKey) : early;
      return { session, version: version ?? '' };
    });
}

/**
 * The same, and no round trip for what is held. With the row of a token that is read the version is read anew, since it may
 * be of an application that was just declared, of which nobody has told us yet.
 */
export function createNearFindRow(
  { redis, run }: Connection,
  keys: Keys,
  { sessions, texts }: NearCache,
): FindRow {
  const shareLists = createSharedLists();
  const readSession = (tenant: string, id: SessionId, key: string) =>
    run('find', async (): Promise<Fact<Session> | undefined> => {
      const { text, milliseconds } = await ask(redis, key);
      if (text === null) return undefined;
      const session = shareLists(readRow(text, tenant, id));
      const fact = { value: session, bytes: weigh(text), until: session.expiresAt };
      return milliseconds === NO_END ? fact : { ...fact, lifeSeconds: Math.max(0, milliseconds) / 1000 };
    });
  const readVersion = (key: string) =>
    run('find', async (): Promise<Fact<string>> => {
      const version = (await ask(redis, key)).text ?? '';
      return { value: version, bytes: weigh(version), until: Number.POSITIVE_INFINITY };
    });
  const versionOf = (tenant: string) => {
    const key = keys.ofRegistry(tenant).version;
    return texts.held(key) ?? texts.get(key, () => readVersion(key));
  };
  const read = async (tenant: string, id: SessionId, key: string): Promise<FoundRow | undefined> => {
    const since = stopwatch();
    const session = await sessions.get(key, () => readSession(tenant, id, key));
    if (session === undefined) return undefined;
    if (session.subjectType === 'user') return { session, version: undefined };
    const versionKey = keys.ofRegistry(tenant).version;
    return { session, version: await texts.renew(versionKey, since, () => readVersion(versionKey)) };
  };
  return (tenant, id) => {
    const key = keys.row(tenant, id);
    const session = sessions.held(key);
    if (session === undefined) return read(tenant, id, key);
    if (session.subjectType === 'user') return { session, version: undefined };
    return andThen(versionOf(tenant), (version) => ({ session, version }));
  };
}

/** What a row of this length, read and put into a map, was measured to take; a little more. */
function weigh(text: string): number {
  return text.length + 128;
}
