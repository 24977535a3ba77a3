/** Reads under way, one for a key. */
export type Flights<Value> = {
  /**
   * Shares the read of this key that is under way, if it began after `since`, or begins one, at `at`: both by the
   * stopwatch. `land` is given what it brought, unless it was forgotten or begun anew meanwhile.
   */
  readonly read: (
    key: string,
    when: { readonly at: number; readonly since: number },
    load: () => Promise<Value>,
    land: (value: Value) => void,
  ) => Promise<Value>;
  /** Something was said of what is being read: whoever asks from now on begins a read of their own. */
  readonly forget: (key: string) => void;
  readonly forgetAll: () => void;
};

/**
 * In milliseconds. The store is given up long before: a read that takes longer was held up together with this process, and
 * what it brings may be as old.
 */
const MAX_JOINED = 1_000;

export function createFlights<Value>(): Flights<Value> {
  const underWay = new Map<string, { readonly flight: Promise<Value>; readonly at: number }>();
  return {
    read(key, { at, since }, load, land) {
      const joined = underWay.get(key);
      if (joined !== undefined && joined.at > Math.max(since, at - MAX_JOINED)) return joined.flight;
      const isStillIt = () => underWay.get(key)?.flight === flight;
      const flight = load().then(
        (value) => {
          if (!isStillIt()) return value;
          underWay.delete(key);
          land(value);
          return value;
        },
        (error: unknown) => {
          if (isStillIt()) underWay.delete(key);
          throw error;
        },
      );
      underWay.set(key, { flight, at });
      return flight;
    },
    forget: (key) => void underWay.delete(key),
    forgetAll: () => underWay.clear(),
  };
}
