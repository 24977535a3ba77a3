import type { Session } from '../../../src/decision/session.ts';
import { createNearCache } from '../../../src/store/near/near-cache.ts';
import { dropWritten } from '../../../src/store/redis/drop-written.ts';
import { createKeys } from '../../../src/store/redis/keys.ts';
import type { Store } from '../../../src/store/store.ts';
import { sessionOf } from '../../support/sessions.ts';
import { createModelRedis, type Told } from './model-redis.ts';

const keys = createKeys('postern');

/** Of two subjects; which version of a row one is stands in its `lastSeenAt`. */
export const ROWS: readonly Session[] = ['ada', 'ada', 'bob', 'bob'].map((subject) => sessionOf({ subject }));
export const rowKey = ({ tenant, id }: Session) => keys.row(tenant, id);

const TTL_SECONDS = 6;
/** In milliseconds. */
const MAX_STALENESS = 4_000;

type Model = ReturnType<typeof createModelRedis<Session>>;

/** All that follows from a step, before the next one. */
export async function settle(turns = 8): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await undefined;
}

export type World = ReturnType<typeof createWorld>;

/** A near cache on a model of Redis, moved by the test, and what must hold of each answer. `base` lends all other ports. */
export function createWorld(base: Store) {
  let time = 1_000_000;
  let version = 0;
  const told = new Map<string, number>();
  const redis = createModelRedis<Session>(() => time);
  const clock = () => time / 1000;
  const near = createNearCache(
    { maxEntries: 3, maxBytes: 10_000, ttlSeconds: TTL_SECONDS },
    clock,
    { changed: () => undefined, flushed: () => undefined },
    () => time,
  );
  const tell = ({ key, from }: Told) => void told.set(key, Math.max(from, told.get(key) ?? 0));
  /** The first entry that may be answered now: of which we were told, or which is there for as long as the bound. */
  const firstAllowed = (key: string): number => {
    const old = redis.entriesOf(key).findLastIndex(({ writtenAt }) => writtenAt <= time - MAX_STALENESS);
    return Math.max(told.get(key) ?? 0, old);
  };
  return {
    redis,
    near,
    own: dropWritten(modelStore(base, redis, tell), keys, near),
    tell,
    ...asking(redis, near, firstAllowed, clock),
    next: (row: Session): Session => {
      version += 1;
      return { ...row, lastSeenAt: version, expiresAt: clock() + 2 + (version % 8) };
    },
    now: () => time,
    wait: (milliseconds: number) => {
      time += milliseconds;
      redis.timeOut();
    },
  };
}

/** What it does to rows is the model's; each write is told where it was acknowledged. */
function modelStore(base: Store, redis: Model, tell: (told: Told) => void): Store {
  const write = async (work: () => readonly Told[]) => (await redis.send(work)).forEach(tell);
  const put = (row: Session) => redis.write(rowKey(row), row);
  const remove = (key: string) => (redis.currentOf(key) === undefined ? [] : [redis.write(key, undefined)]);
  return {
    ...base,
    touch: (row, lastSeenAt) =>
      write(() => {
        const current = redis.currentOf(rowKey(row));
        return current?.lastSeenAt === row.lastSeenAt ? [put({ ...current, lastSeenAt })] : [];
      }),
    table: {
      create: (row) => write(() => [put(row)]),
      rotate: async (old, next) => {
        await write(() => [...remove(rowKey(old)), put(next)]);
        return true;
      },
      revoke: (tenant, id) => write(() => remove(keys.row(tenant, id))),
      revokeSubject: (_, subject) =>
        write(() => ROWS.filter((row) => row.subject === subject).flatMap((row) => remove(rowKey(row)))),
    },
  };
}

function asking(
  redis: Model,
  near: ReturnType<typeof createNearCache>,
  firstAllowed: (key: string) => number,
  clock: () => number,
) {
  const faults: string[] = [];
  let [hits, answers] = [0, 0];
  const judge = (key: string, value: Session | undefined, from: number) => {
    answers += 1;
    const allowed = redis.entriesOf(key).slice(from);
    if (!allowed.some((entry) => entry.value === value)) faults.push('an answer that is over');
  };
  return {
    faults,
    counts: () => ({ hits, answers }),
    read(row: Session): void {
      const key = rowKey(row);
      const [from, askedAt, before] = [firstAllowed(key), clock(), near.figures()];
      const load = async () => {
        const value = await redis.send(() => redis.get(key));
        // More lies between a reply and whoever reads than between one and whoever writes, as it may.
        await settle();
        return value && { value, bytes: 10, until: value.expiresAt };
      };
      const answer = near.sessions.get(key, load);
      const isHit = near.figures().misses === before.misses;
      hits += Number(isHit);
      if (isHit && !before.isCoherent) faults.push('an answer from memory while nobody tells of changes');
      answer.then(
        (value) => {
          if (isHit && value !== undefined && askedAt >= value.expiresAt)
            faults.push('a row whose time is over');
          judge(key, value, from);
        },
        // Its connection was lost: that is no answer.
        () => undefined,
      );
    },
  };
}
