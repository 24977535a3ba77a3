import type { Clock } from '../../lib/clock.ts';
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

/** Undefined where there is none. */
type Load<Value> = () => Promise<Fact<Value> | undefined>;

/** Facts of one kind, by the keys that the store has for them. */
export type Facts<Value> = {
  /** At once, and only where it is held. */
  readonly held: (key: string) => Value | undefined;
  /** As held, or read: whoever asks while it is being read shares the answer. */
  readonly get: (key: string, load: Load<Value>) => Promise<Value | undefined>;
  readonly drop: (key: string) => void;
  readonly dropWhere: (fits: (value: Value) => boolean) => void;
  readonly clear: () => void;
  readonly figures: () => Figures;
};

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
  /** Whether the store would tell us now of whatever changes. */
  readonly isCoherent: () => boolean;
  readonly clock: Clock;
};

/** That there is nothing is for anybody to ask, as often as they like: it has little room, and not that of what is. */
const NOTHING_BOUNDS: Bounds = { maxEntries: 10_000, maxBytes: 4 * 1024 * 1024 };
const NOTHING_SECONDS = 5;

export function createFacts<Value>({ bounds, ttlSeconds, isCoherent, clock }: FactsOptions): Facts<Value> {
  const something = createShelf<Value>(bounds);
  const nothing = createShelf<true>(NOTHING_BOUNDS);
  const flights = createFlights<Fact<Value> | undefined>();
  let [hits, misses] = [0, 0];

  const keep = (key: string, fact: Fact<Value> | undefined, askedAt: number): void => {
    if (fact === undefined) {
      nothing.put(key, true, key.length, askedAt + Math.min(NOTHING_SECONDS, ttlSeconds));
      return;
    }
    const { value, bytes, until, lifeSeconds = ttlSeconds } = fact;
    something.put(
      key,
      value,
      key.length + bytes,
      Math.min(until, askedAt + Math.min(lifeSeconds, ttlSeconds)),
    );
  };
  const held = (key: string): Value | undefined => {
    const value = isCoherent() ? something.get(key, clock()) : undefined;
    if (value !== undefined) hits += 1;
    return value;
  };
  const read = async (key: string, load: Load<Value>): Promise<Value | undefined> => {
    misses += 1;
    // What was asked for while nobody told us of changes may have changed since.
    const wasCoherent = isCoherent();
    const askedAt = clock();
    const land = (fact: Fact<Value> | undefined) =>
      wasCoherent && isCoherent() ? keep(key, fact, askedAt) : undefined;
    return (await flights.read(key, load, land))?.value;
  };
  return {
    held,
    async get(key, load) {
      const value = held(key);
      if (value !== undefined) return value;
      if (!isCoherent() || nothing.get(key, clock()) === undefined) return read(key, load);
      hits += 1;
      return undefined;
    },
    ...forgetting(something, nothing, flights),
    figures: () => {
      const [{ entries, bytes }, { entries: none, bytes: bytesOfNone }] = [something.size(), nothing.size()];
      return { hits, misses, entries: entries + none, bytes: bytes + bytesOfNone };
    },
  };
}

/** Of what is still being read, too: it may have been read before. */
function forgetting<Value>(
  something: Shelf<Value>,
  nothing: Shelf<true>,
  flights: Flights<Fact<Value> | undefined>,
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
