import type { Clock, stopwatch } from '../../lib/clock.ts';
import { createFlights, type Flights } from './flights.ts';
import { type Bounds, createShelf, type Shelf } from './shelf.ts';

/** What was read under a key, and what it weighs. */
export type Fact<Value> = {
  readonly value: Value;
  readonly bytes: number;
  /** When its time is over, in seconds since the epoch. */
  readonly until: number;
  /**
   * For how many seconds the store has it yet, where it says so. It tells of what it expired only when it comes upon
   * it, and its clock may be another.
   */
  readonly lifeSeconds?: number;
};

/** Facts of one kind, by the keys that the store has for them. `Nothing` is undefined where there may be none. */
export type Facts<Value, Nothing extends undefined = never> = {
  /** At once, and only where it is held. */
  readonly held: (key: string) => Value | undefined;
  /** As held, or read: whoever asks while it is being read shares the answer. */
  readonly get: (key: string, load: Load<Value, Nothing>) => Promise<Value | Nothing>;
  /** As it is read after `since`, by the stopwatch: neither as held, nor as a read brings it that began before. */
  readonly renew: (key: string, since: number, load: Load<Value, Nothing>) => Promise<Value | Nothing>;
  readonly drop: (key: string) => void;
  readonly dropWhere: (fits: (value: Value) => boolean) => void;
  readonly clear: () => void;
  readonly figures: () => Figures;
};

type Load<Value, Nothing> = () => Promise<Fact<Value> | Nothing>;

export type Figures = {
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  readonly bytes: number;
};

export type FactsOptions = {
  readonly bounds: Bounds;
  /** The longest that anything is held, in seconds. */
  readonly ttlSeconds: number;
  /** Whether the store would tell us now, at `at` by the stopwatch, of whatever changes. */
  readonly isCoherent: (at: number) => boolean;
  /** What the ends of facts are by, and nothing else. */
  readonly clock: Clock;
  /** In milliseconds. */
  readonly now: typeof stopwatch;
};

/** That there is nothing is for anybody to ask, as often as they like: it has little room, and not that of what is. */
const NOTHING_BOUNDS: Bounds = { maxEntries: 10_000, maxBytes: 4 * 1024 * 1024 };
const NOTHING_SECONDS = 5;

export function createFacts<Value, Nothing extends undefined = never>(
  options: FactsOptions,
): Facts<Value, Nothing> {
  const { bounds, isCoherent, now } = options;
  const something = createShelf<Value>(bounds);
  const nothing = createShelf<{ readonly found: Nothing }>(NOTHING_BOUNDS);
  const flights = createFlights<Fact<Value> | Nothing>();
  const keep = createKeep(something, nothing, options);
  let [hits, misses] = [0, 0];

  const held = (key: string): Value | undefined => {
    const at = now();
    const value = isCoherent(at) ? something.get(key, at) : undefined;
    if (value !== undefined) hits += 1;
    return value;
  };
  const read = async (
    key: string,
    load: Load<Value, Nothing>,
    since = Number.NEGATIVE_INFINITY,
  ): Promise<Value | Nothing> => {
    misses += 1;
    const askedAt = now();
    // What was asked for while nobody told us of changes may have changed since.
    const wasCoherent = isCoherent(askedAt);
    const land = (fact: Fact<Value> | Nothing) =>
      wasCoherent && isCoherent(now()) ? keep(key, fact, askedAt) : undefined;
    const fact = await flights.read(key, { at: askedAt, since }, load, land);
    return fact === undefined ? fact : fact.value;
  };
  return {
    held,
    async get(key, load) {
      const value = held(key);
      if (value !== undefined) return value;
      const at = now();
      const none = isCoherent(at) ? nothing.get(key, at) : undefined;
      if (none === undefined) return read(key, load);
      hits += 1;
      return none.found;
    },
    renew: (key, since, load) => read(key, load, since),
    ...forgetting(something, nothing, flights),
    figures: () => {
      const [{ entries, bytes }, { entries: none, bytes: bytesOfNone }] = [something.size(), nothing.size()];
      return { hits, misses, entries: entries + none, bytes: bytes + bytesOfNone };
    },
  };
}

/** Their time runs from `askedAt`: by the stopwatch, whatever becomes of the clock that their ends are by. */
function createKeep<Value, Nothing extends undefined>(
  something: Shelf<Value>,
  nothing: Shelf<{ readonly found: Nothing }>,
  { ttlSeconds, clock }: FactsOptions,
) {
  return (key: string, fact: Fact<Value> | Nothing, askedAt: number): void => {
    if (fact === undefined) {
      const seconds = Math.min(NOTHING_SECONDS, ttlSeconds);
      nothing.put(key, { found: fact }, key.length, askedAt + 1000 * seconds);
      return;
    }
    const { value, bytes, until, lifeSeconds = ttlSeconds } = fact;
    const seconds = Math.min(until - clock(), lifeSeconds, ttlSeconds);
    something.put(key, value, key.length + bytes, askedAt + 1000 * seconds);
  };
}

/** Of what is still being read, too: it may have been read before. */
function forgetting<Value>(
  something: Shelf<Value>,
  nothing: Pick<Shelf<unknown>, 'delete' | 'clear'>,
  flights: Pick<Flights<unknown>, 'forget' | 'forgetAll'>,
): Pick<Facts<Value>, 'drop' | 'dropWhere' | 'clear'> {
  return {
    drop(key) {
      something.delete(key);
      nothing.delete(key);
      flights.forget(key);
    },
    dropWhere(fits) {
      something.deleteWhere(fits);
      flights.forgetAll();
    },
    clear() {
      something.clear();
      nothing.clear();
      flights.forgetAll();
    },
  };
}
