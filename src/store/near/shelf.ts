/** What may be held, in all: at least one entry. */
export type Bounds = { readonly maxEntries: number; readonly maxBytes: number };

/** A map that holds so much and no more: what was not asked for lately makes room. */
export type Shelf<Value> = {
  /** Undefined also once its time is over. `now` is by the stopwatch. */
  readonly get: (key: string, now: number) => Value | undefined;
  /** `bytes` is what it weighs, `until` when its time is over. What is heavier than the whole shelf is not held. */
  readonly put: (key: string, value: Value, bytes: number, until: number) => void;
  readonly delete: (key: string) => void;
  readonly deleteWhere: (fits: (value: Value) => boolean) => void;
  readonly clear: () => void;
  readonly size: () => { readonly entries: number; readonly bytes: number };
};

type Entry<Value> = {
  readonly value: Value;
  readonly bytes: number;
  readonly until: number;
  wasAsked: boolean;
};

/** How many entries that were asked for are passed over to make room for one: so that no single `put` takes long. */
const MAX_PASSED_OVER = 16;

/** "Clock" replacement: a hit only sets a flag, where a list by last use would be rewritten. */
export function createShelf<Value>({ maxEntries, maxBytes }: Bounds): Shelf<Value> {
  const entries = new Map<string, Entry<Value>>();
  const next = createHand(entries);
  let bytesHeld = 0;

  const remove = (key: string, { bytes }: Entry<Value>): void => {
    if (entries.delete(key)) bytesHeld -= bytes;
  };
  const removeAt = (key: string): void => {
    const entry = entries.get(key);
    if (entry !== undefined) remove(key, entry);
  };
  const evictOne = (): void => {
    for (let passed = 0; ; passed += 1) {
      const [key, entry] = next();
      if (!entry.wasAsked || passed >= MAX_PASSED_OVER) {
        remove(key, entry);
        return;
      }
      entry.wasAsked = false;
    }
  };
  return {
    get(key, now) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (now >= entry.until) return void remove(key, entry);
      entry.wasAsked = true;
      return entry.value;
    },
    put(key, value, bytes, until) {
      removeAt(key);
      if (bytes > maxBytes) return;
      while (entries.size >= maxEntries || bytesHeld + bytes > maxBytes) evictOne();
      entries.set(key, { value, bytes, until, wasAsked: false });
      bytesHeld += bytes;
    },
    delete: removeAt,
    deleteWhere(fits) {
      for (const [key, entry] of entries) if (fits(entry.value)) remove(key, entry);
    },
    clear() {
      entries.clear();
      bytesHeld = 0;
    },
    size: () => ({ entries: entries.size, bytes: bytesHeld }),
  };
}

/**
 * Goes around a map that is not empty, for ever. By one live iterator: a new one for each step would walk over every
 * place at the front that was emptied since.
 */
function createHand<Key, Value>(map: ReadonlyMap<Key, Value>): () => [Key, Value] {
  let hand = map.entries();
  return () => {
    for (;;) {
      const next = hand.next();
      if (!next.done) return next.value;
      hand = map.entries();
    }
  };
}
