import { setImmediate } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Session } from '../../../src/decision/session.ts';
import { createNearCache } from '../../../src/store/near/near-cache.ts';
import { createSubscriber } from '../../../src/store/redis/client.ts';
import { dropWritten } from '../../../src/store/redis/drop-written.ts';
import { createNearFindRow } from '../../../src/store/redis/find-row.ts';
import { createKeys } from '../../../src/store/redis/keys.ts';
import { createTracking } from '../../../src/store/redis/tracking.ts';
import { readRow, writeRow } from '../../../src/store/row.ts';
import { createRun } from '../../../src/store/run.ts';
import type { Store } from '../../../src/store/store.ts';
import { sessionOf } from '../../support/sessions.ts';
import { locationOf } from '../../support/stores.ts';
import { createJudge, endOf } from './judge.ts';
import { createLane } from './model-link.ts';
import { type Change, createModelRedis, type Told } from './model-redis.ts';

const keys = createKeys('postern');
export const VERSION_KEY = keys.ofRegistry('default').version;
export const rowKey = ({ tenant, id }: Session) => keys.row(tenant, id);

/** Of two users and two applications; which version of a row one is stands in its `lastSeenAt`. */
export const ROWS: readonly Session[] = [
  ...['ada', 'ada', 'bob'].map((subject) => sessionOf({ subject })),
  ...['app', 'job'].map((subject) => sessionOf({ subject, subjectType: 'client' })),
].map((row) => readRow(writeRow(row), row.tenant, row.id));

const CACHE = { maxEntries: 3, maxBytes: 10_000, ttlSeconds: 6 };
const OBSERVER = { called: () => undefined, changed: () => undefined, warned: () => undefined };

/** Made as every connection of a store is; it leads nowhere. */
const pattern = createSubscriber(locationOf('redis://127.0.0.1:1'));
pattern?.disconnect();

/** The same, save that it leads to the model, and that when it retries is no chance. */
function connectTo({ Connector }: ReturnType<typeof createLane>): Redis {
  if (pattern === undefined) throw new Error('there is one, to a single server');
  const redis = pattern.duplicate({ Connector, retryStrategy: () => 75 });
  redis.on('error', () => undefined);
  return redis;
}

export type World = ReturnType<typeof createWorld>;

/**
 * A near cache and what keeps it true, on two clients of a model of Redis, moved by the test; and what must hold of each
 * answer. `base` lends all other ports, `now` says the time in milliseconds.
 */
export function createWorld(base: Store, now: () => number) {
  const redis = createModelRedis(now);
  const clock = () => now() / 1000;
  const told = new Map<string, number>();
  const tell = ({ key, from }: Told) => void told.set(key, Math.max(from, told.get(key) ?? 0));
  const lanes = { data: createLane(redis, tell), subscriber: createLane(redis, tell) };
  const [data, subscriber] = [connectTo(lanes.data), connectTo(lanes.subscriber)];
  let recoveries = 0;
  const near = createNearCache(CACHE, clock, {
    changed: (state) => {
      recoveries += Number(state === 'coherent');
    },
    flushed: () => undefined,
  });
  const tracking = createTracking(data, subscriber, keys.canary('model'), near);
  const run = createRun(OBSERVER, () => 'store_unavailable');
  const findRow = createNearFindRow(
    { redis: data, run, isUp: () => true, onReached: () => undefined },
    keys,
    near,
  );
  const judge = createJudge({ redis, keys, told, now, near, findRow });
  let version = 0;
  return {
    redis,
    near,
    told,
    ...lanes,
    ...judge,
    own: dropWritten(modelStore(base, data, tell), keys, near),
    counts: () => ({ ...judge.counts(), recoveries }),
    next: (row: Session): Session => {
      version += 1;
      return { ...row, lastSeenAt: version, expiresAt: clock() + 2 + (version % 8) };
    },
    /** By somebody else, with another end where one is given. */
    write: (row: Session, end = endOf(row)) => redis.write(rowKey(row), writeRow(row), end),
    now,
    calm: () => calm(Object.values(lanes)),
    close: () => {
      tracking.stop();
      data.disconnect();
    },
  };
}

/** All that follows from a step, before the next one. */
export const settle = (): Promise<void> => setImmediate();

/** Until nothing is under way. */
async function calm(lanes: readonly ReturnType<typeof createLane>[]): Promise<void> {
  while (!lanes.every(({ isQuiet }) => isQuiet())) {
    for (const { answerAll } of lanes) answerAll();
    await settle();
  }
}

/** What scripts do to rows is the model's; each write is told where it was acknowledged. */
function modelStore(base: Store, data: Redis, tell: (told: Told) => void): Store {
  const write = async (...changes: readonly Change[]) => {
    const from = await data.call('CHANGE', JSON.stringify(changes));
    if (Array.isArray(from)) changes.forEach(([key], index) => void tell({ key, from: Number(from[index]) }));
  };
  const putting = (row: Session): [key: string, text: string, end: number] => [
    rowKey(row),
    writeRow(row),
    endOf(row),
  ];
  const removing = (key: string): Change => [key, '', 0];
  return {
    ...base,
    touch: (row, lastSeenAt) => write([...putting({ ...row, lastSeenAt }), writeRow(row)]),
    table: {
      create: (row) => write(putting(row)),
      rotate: async (old, next) => {
        await write(removing(rowKey(old)), putting(next));
        return true;
      },
      revoke: (tenant, id) => write(removing(keys.row(tenant, id))),
      revokeSubject: (_, subject) =>
        write(...ROWS.filter((row) => row.subject === subject).map((row) => removing(rowKey(row)))),
    },
    registries: {
      ...base.registries,
      replace: async (tenant, _, next) => {
        await write([keys.ofRegistry(tenant).version, next.version, Number.MAX_SAFE_INTEGER]);
        return true;
      },
    },
  };
}
