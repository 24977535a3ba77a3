import type { Session } from '../../decision/session.ts';
import { type Clock, stopwatch } from '../../lib/clock.ts';
import { createFacts, type Facts, type Figures } from './facts.ts';
import type { Bounds } from './shelf.ts';

export type CacheSettings = Bounds & { readonly ttlSeconds: number };

/** Why everything that was held is dropped. `emptied` says that the store itself was. */
export type FlushReason = 'connection_lost' | 'heartbeat_late' | 'refused' | 'emptied' | 'stopped';

/** Told of what happens to the cache as a whole. */
export type CacheObserver = {
  /** From now on answers come from it; or no longer, and why. */
  readonly changed: (state: CacheState, reason?: FlushReason) => void;
  readonly flushed: (reason: FlushReason) => void;
};

/**
 * What this process knows of the store, as long as the store tells it of every change: rows and versions of
 * registries, and never a decision. While it is not told, it holds nothing and every read goes to the store.
 */
export type NearCache = {
  readonly sessions: Facts<Session, undefined>;
  /** Short texts: versions of registries, denials. */
  readonly texts: Facts<string>;
  /** The store said that something is new under these keys; or this process is about to say that it wrote them. */
  readonly drop: (keys: readonly string[]) => void;
  /** Everything, and what comes is held again. */
  readonly empty: (reason: FlushReason) => void;
  /** At `provenAt`, by the stopwatch, the store was told to tell us something, and it came: so did all before it. */
  readonly prove: (provenAt: number) => void;
  /** Everything, and nothing is held until it is proven anew. */
  readonly bypass: (reason: FlushReason) => void;
  readonly figures: () => CacheFigures;
};

export type CacheState = 'coherent' | 'bypassed';

export type CacheFigures = Figures & {
  readonly isCoherent: boolean;
  /** Since the last proof, in seconds; infinite before the first one. */
  readonly stalenessSeconds: number;
};

/** Whatever timers do: a process that stood still itself may be late to notice how long. In milliseconds. */
const MAX_STALENESS = 4_000;

const MAX_TEXTS: Bounds = { maxEntries: 10_000, maxBytes: 4 * 1024 * 1024 };

export function createNearCache(
  { ttlSeconds, ...bounds }: CacheSettings,
  clock: Clock,
  observer: CacheObserver,
  now = stopwatch,
): NearCache {
  let provenAt: number | undefined;
  let wasRefused = false;
  const isCoherent = (at: number) => provenAt !== undefined && at - provenAt < MAX_STALENESS;
  const options = { ttlSeconds, clock, now, isCoherent };
  const sessions = createFacts<Session, undefined>({ ...options, bounds });
  const texts = createFacts<string>({ ...options, bounds: MAX_TEXTS });
  const clear = () => {
    sessions.clear();
    texts.clear();
  };
  const empty = (reason: FlushReason) => {
    clear();
    observer.flushed(reason);
  };
  return {
    sessions,
    texts,
    drop(keys) {
      for (const key of keys) {
        sessions.drop(key);
        texts.drop(key);
      }
    },
    empty,
    prove(at) {
      const isFirst = provenAt === undefined;
      // What is still being read was asked for while nobody told us of changes.
      if (isFirst) clear();
      provenAt = at;
      wasRefused = false;
      if (isFirst) observer.changed('coherent');
    },
    bypass(reason) {
      const isNews = provenAt !== undefined || (reason === 'refused' && !wasRefused);
      wasRefused ||= reason === 'refused';
      if (provenAt !== undefined) empty(reason);
      provenAt = undefined;
      if (isNews) observer.changed('bypassed', reason);
    },
    figures: () => ({
      ...sumOf(sessions.figures(), texts.figures()),
      isCoherent: isCoherent(now()),
      stalenessSeconds: provenAt === undefined ? Number.POSITIVE_INFINITY : (now() - provenAt) / 1000,
    }),
  };
}

function sumOf(ofSessions: Figures, ofTexts: Figures): Figures {
  return {
    hits: ofSessions.hits + ofTexts.hits,
    misses: ofSessions.misses + ofTexts.misses,
    entries: ofSessions.entries + ofTexts.entries,
    bytes: ofSessions.bytes + ofTexts.bytes,
  };
}
