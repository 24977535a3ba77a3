/** What stood under a key from some time on: undefined where there was nothing. */
type Entry<Value> = { readonly value: Value | undefined; readonly writtenAt: number };

/** A key, and from which of its entries on somebody was told. */
export type Told = { readonly key: string; readonly from: number };

/** `isAll`: everything was emptied. A beat is the canary of that number. */
export type Push = { readonly told: readonly Told[]; readonly isAll: boolean; readonly beat?: number };

type Reply = { readonly bring: () => void; readonly lose: () => void; readonly sentAt: number };
type Command = Pick<Reply, 'lose' | 'sentAt'> & { readonly run: () => () => void };

/** In milliseconds: who waits for longer waits no more. What was sent is run all the same. */
const TIMEOUT = 150;

/**
 * As much of Redis as client-side caching rests on: commands of a connection are run in order and answered in order,
 * what it read while it was tracked is told once when it changes, and told in order on another connection. Each step
 * of it is the test's to make: run a command, bring a reply, bring what is told.
 */
export function createModelRedis<Value>(now: () => number) {
  const history = new Map<string, Entry<Value>[]>();
  const tracked = new Set<string>();
  const [sent, replies]: [Command[], Reply[]] = [[], []];
  let pushes: Push[] = [];
  let [isTracking, redirect, subscriber] = [false, 0, 1];

  const entriesOf = (key: string) => history.get(key) ?? [{ value: undefined, writtenAt: 0 }];
  const currentOf = (key: string) => entriesOf(key).at(-1)?.value;
  const tell = (push: Push) => {
    if (isTracking && redirect === subscriber) pushes.push(push);
  };
  const put = (key: string, value: Value | undefined): Told => {
    const entries = [...entriesOf(key), { value, writtenAt: now() }];
    history.set(key, entries);
    return { key, from: entries.length - 1 };
  };
  return {
    entriesOf,
    currentOf,
    get(key: string) {
      if (isTracking) tracked.add(key);
      return currentOf(key);
    },
    write(key: string, value: Value | undefined): Told {
      const told = put(key, value);
      if (tracked.delete(key)) tell({ told: [told], isAll: false });
      return told;
    },
    /** Each key is told of, and forgotten: nobody can say which. */
    flushAll() {
      const told = [...history.keys()].map((key) => put(key, undefined));
      tracked.clear();
      tell({ told, isAll: true });
    },
    beat: (number: number) => tell({ told: [], isAll: false, beat: number }),
    track(to: number) {
      [isTracking, redirect] = [true, to];
    },
    subscriberId: () => subscriber,
    ...lanes(sent, replies, now),
    nextPush: () => pushes.shift(),
    /** Of what was sent, nothing or all was run. */
    loseData(isRun: boolean) {
      for (const { run } of isRun ? sent : []) run();
      const lost = [...replies.splice(0), ...sent.splice(0)];
      isTracking = false;
      tracked.clear();
      for (const { lose } of lost) lose();
    },
    loseSubscriber() {
      pushes = [];
      subscriber += 1;
    },
  };
}

function lanes(sent: Command[], replies: Reply[], now: () => number) {
  return {
    /** Sends a command: resolves where its reply is brought, and rejects where the connection is lost before. */
    send: <Result>(command: () => Result): Promise<Result> => {
      const { promise, resolve, reject } = Promise.withResolvers<Result>();
      const run = () => {
        const result = command();
        return () => resolve(result);
      };
      sent.push({ run, lose: () => reject(new Error('there was no reply')), sentAt: now() });
      return promise;
    },
    /** Runs the next command. */
    serve() {
      const next = sent.shift();
      if (next !== undefined) replies.push({ ...next, bring: next.run() });
    },
    /** Brings the next reply. */
    reply: () => replies.shift()?.bring(),
    /** Runs all that was sent, and brings all replies. */
    answerAll() {
      for (const { run, ...rest } of sent.splice(0)) replies.push({ ...rest, bring: run() });
      for (const { bring } of replies.splice(0)) bring();
    },
    timeOut() {
      for (const { sentAt, lose } of [...sent, ...replies]) if (now() - sentAt > TIMEOUT) lose();
    },
  };
}
