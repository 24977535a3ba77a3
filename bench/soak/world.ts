/** How a credential comes to its end. */
export type How = 'api' | 'del' | 'subject' | 'rotation' | 'revocation' | 'flushall';

export type End = {
  readonly how: How;
  readonly startedAt: number;
  /** Absent: nobody has said yet that it is done, so it may live or not. */
  readonly acknowledgedAt?: number;
};

/** A credential that was handed out to us. Times are of `performance.now()`. */
export type Known = {
  readonly kind: 'session' | 'token';
  readonly text: string;
  /** Of a session; a token's is nobody's business. */
  readonly id: string | undefined;
  readonly subject: string;
  /** What an allow says of it, by lower-case names of headers. */
  readonly identity: Readonly<Record<string, string>>;
  readonly liveSince: number;
  end?: End;
};

/** Those of the last minute are asked about; before them, a wrong allow would have shown. */
const MOST_ENDED = 500;

export type World = ReturnType<typeof createWorld>;

/** All that was handed out, and what became of it. */
type Seen = {
  readonly live: ReadonlySet<Known>;
  /** Their end was begun, and not acknowledged. */
  readonly unsettled: ReadonlySet<Known>;
  readonly ended: readonly Known[];
};

export function createWorld(now = () => performance.now()) {
  const live = new Set<Known>();
  const unsettled = new Set<Known>();
  const ended: Known[] = [];
  let epoch = 0;
  const begin = (known: Known, how: How) => {
    known.end = { how, startedAt: now() };
    live.delete(known);
    unsettled.add(known);
  };
  const settle = (known: Known) => {
    if (known.end === undefined || !unsettled.delete(known)) return;
    known.end = { ...known.end, acknowledgedAt: now() };
    ended.push(known);
    if (ended.length > MOST_ENDED) ended.shift();
  };
  const seen: Seen = { live, unsettled, ended };
  return {
    ...seen,
    /** Another after the store was emptied: what was begun in one and answered in the next may be lost or not. */
    epoch: () => epoch,
    add: (made: Omit<Known, 'liveSince' | 'end'>, begunIn: number) => {
      const known: Known = { ...made, liveSince: now() };
      live.add(known);
      if (begunIn !== epoch) begin(known, 'api');
    },
    begin,
    settle,
    /** Does what empties the store, which ends all that there is. */
    emptying: async (empty: () => Promise<unknown>) => {
      epoch += 1;
      const all = [...live, ...unsettled];
      for (const known of live) begin(known, 'flushall');
      await empty();
      epoch += 1;
      for (const known of all) settle(known);
    },
  };
}
