import type { Session } from '../../../src/decision/session.ts';
import type { FindRow } from '../../../src/registry/ports.ts';
import type { NearCache } from '../../../src/store/near/near-cache.ts';
import type { Keys } from '../../../src/store/redis/keys.ts';
import { writeRow } from '../../../src/store/row.ts';
import type { ModelRedis } from './model-redis.ts';

/** What a decision may be late by, whatever happens to a link, in milliseconds. */
const MAX_STALENESS = 4_000;

type Judged = {
  readonly redis: ModelRedis;
  readonly keys: Keys;
  /** Of each key, from which of its entries on we were told of it. */
  readonly told: ReadonlyMap<string, number>;
  readonly now: () => number;
  readonly near: NearCache;
  readonly findRow: FindRow;
};

/** Reads, and holds each answer against what stood there. */
export function createJudge({ redis, keys, told, now, near, findRow }: Judged) {
  const faults: string[] = [];
  let [hits, answers] = [0, 0];
  /** The first entry that may be answered now: of which we were told, or which is there for as long as the bound. */
  const firstAllowed = (key: string): number => {
    const old = redis.entriesOf(key).findLastIndex(({ writtenAt }) => writtenAt <= now() - MAX_STALENESS);
    return Math.max(told.get(key) ?? 0, old);
  };
  const check = (key: string, text: string | undefined, from: number): void => {
    answers += 1;
    const allowed = redis.entriesOf(key).slice(from);
    if (!allowed.some((entry) => entry.text === text)) faults.push('an answer that is over');
  };
  return {
    faults,
    counts: () => ({ hits, answers }),
    /** Tells whether it was answered from memory. */
    read({ tenant, id }: Session): boolean {
      const [key, versionKey] = [keys.row(tenant, id), keys.ofRegistry(tenant).version];
      const [from, versionFrom, askedAt] = [firstAllowed(key), firstAllowed(versionKey), now()];
      const [before, current] = [near.figures(), redis.entryOf(key)];
      const answer = Promise.resolve(findRow(tenant, id));
      const isHit = near.figures().misses === before.misses;
      hits += Number(isHit);
      if (isHit && !before.isCoherent) faults.push('an answer from memory while nobody tells of changes');
      answer.then(
        (found) => {
          const text = found && writeRow(found.session);
          check(key, text, from);
          if (found?.version !== undefined) check(versionKey, found.version || undefined, versionFrom);
          const end = text === current.text ? current.end : endOf(found?.session);
          if (isHit && found !== undefined && askedAt > Math.min(end, endOf(found.session)))
            faults.push('a row whose time is over');
        },
        // Its connection was lost, or it was not answered in time: that is no answer.
        () => undefined,
      );
      return isHit;
    },
  };
}

/** In milliseconds. */
export const endOf = (session: Session | undefined): number =>
  session === undefined ? Number.POSITIVE_INFINITY : Math.round(session.expiresAt * 1000);
