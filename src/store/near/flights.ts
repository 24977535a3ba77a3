/** Reads under way, one for a key. */
export type Flights<Value> = {
  /**
   * Shares the read of this key that is under way, or begins one. `land` is given what it brought, unless it was
   * forgotten meanwhile.
   */
  readonly read: (key: string, load: () => Promise<Value>, land: (value: Value) => void) => Promise<Value>;
  /** Something was said of what is being read: whoever asks from now on begins a read of their own. */
  readonly forget: (key: string) => void;
  readonly forgetAll: () => void;
};

export function createFlights<Value>(): Flights<Value> {
  const underWay = new Map<string, Promise<Value>>();
  return {
    read(key, load, land) {
      const joined = underWay.get(key);
      if (joined !== undefined) return joined;
      const isStillIt = () => underWay.get(key) === flight;
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
      underWay.set(key, flight);
      return flight;
    },
    forget: (key) => void underWay.delete(key),
    forgetAll: () => underWay.clear(),
  };
}
