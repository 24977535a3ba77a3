/** What stood under a key from some time on, and until when; an undefined text is none. In milliseconds. */
type Entry = { readonly text: string | undefined; readonly writtenAt: number; readonly end: number };

/** A key, and from which of its entries on somebody was told. */
export type Told = { readonly key: string; readonly from: number };

/** One connection, as the server sees it. */
export type ModelClient = {
  readonly id: number;
  /** Who is told of what it read, since it asked for that. */
  redirect?: number;
  isListening: boolean;
  readonly push: (message: string, told: readonly Told[]) => void;
};

/** What a key is to become, where it is still as expected; an empty text deletes it. */
export type Change = readonly [key: string, text: string, end: number, expected?: string];

const NEVER = Number.POSITIVE_INFINITY;
const NOTHING: Entry = { text: undefined, writtenAt: 0, end: NEVER };

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const integer = (value: number) => `:${value}\r\n`;
const array = (members: readonly string[]) => `*${members.length}\r\n${members.join('')}`;
const NIL = '$-1\r\n';
const OK = '+OK\r\n';

type Command = (client: ModelClient, words: readonly string[]) => string;

export type ModelRedis = ReturnType<typeof createModelRedis>;

/**
 * As much of Redis as client-side caching rests on, in its own protocol: what a connection has read since it asked for
 * that is told once when it changes, on the connection that it named, if that one is there still.
 */
export function createModelRedis(now: () => number) {
  const { entriesOf, put, everything } = createHistory(now);
  const { tell, tellOfAll, track, ...clients } = createClients();
  const entryOf = (key: string): Entry => entriesOf(key).at(-1) ?? NOTHING;
  const write = (key: string, text: string | undefined, end = NEVER): Told => {
    const told = put(key, text, end);
    tell(told);
    return told;
  };
  /** What is over goes when somebody comes upon it. */
  const look = (key: string): Entry => {
    if (entryOf(key).end <= now()) write(key, undefined);
    return entryOf(key);
  };
  const change = (...[key, text, end, expected]: Change): number => {
    const { text: old } = look(key);
    if (expected !== undefined && old !== expected) return 0;
    if (text === '' && old === undefined) return entriesOf(key).length - 1;
    return write(key, text === '' ? undefined : text, end).from;
  };
  const get: Command = (client, [key = '']) => {
    const { text } = look(key);
    track(client, key);
    return text === undefined ? NIL : bulk(text);
  };
  const pttl: Command = (_, [key = '']) => {
    const { text, end } = look(key);
    if (text === undefined) return integer(-2);
    return integer(end === NEVER ? -1 : end - now());
  };
  const commands: Readonly<Record<string, Command>> = {
    info: () => bulk('redis_version:7.0.15\r\nrole:master\r\nloading:0\r\n'),
    client: (client, [part = '', , , id]) => {
      if (part.toUpperCase() === 'ID') return integer(client.id);
      if (!clients.has(Number(id))) return '-ERR The client ID you want redirect to does not exist\r\n';
      client.redirect = Number(id);
      return OK;
    },
    subscribe: (client, [channel = '']) => {
      client.isListening = true;
      return array([bulk('subscribe'), bulk(channel), integer(1)]);
    },
    get,
    pttl,
    /** What reads and says which question it answers, the one script that is sent as such. */
    eval: (client, [, , key = '', question = '']) =>
      array([get(client, [key]), pttl(client, [key]), bulk(question)]),
    pexpire: (_, [key = '', life]) => {
      const { text } = look(key);
      if (text !== undefined) write(key, text, now() + Number(life));
      return integer(Number(text !== undefined));
    },
    set: (_, [key = '', text = '', , life]) => {
      write(key, text, now() + Number(life));
      return OK;
    },
    /** What our scripts do to rows, in one step: gives from which entry on each key is as it was asked to be. */
    change: (_, [json = '']) => {
      const changes: readonly Change[] = JSON.parse(json);
      return array(changes.map((words) => integer(change(...words))));
    },
  };
  return {
    ...clients,
    entriesOf,
    entryOf,
    write,
    run: (client: ModelClient, [name = '', ...words]: readonly string[]): string =>
      commands[name.toLowerCase()]?.(client, words) ?? `-ERR unknown command '${name}'\r\n`,
    flushAll: () => tellOfAll(everything().map((key) => put(key, undefined, NEVER))),
  };
}

function createHistory(now: () => number) {
  const history = new Map<string, Entry[]>();
  const entriesOf = (key: string): readonly Entry[] => history.get(key) ?? [NOTHING];
  return {
    entriesOf,
    everything: () => [...history.keys()],
    put: (key: string, text: string | undefined, end: number): Told => {
      const entries = [...entriesOf(key), { text, writtenAt: now(), end }];
      history.set(key, entries);
      return { key, from: entries.length - 1 };
    },
  };
}

function createClients() {
  const clients = new Map<number, ModelClient>();
  const tracked = new Map<string, ModelClient>();
  let last = 0;
  const push = (reader: ModelClient, payload: string, told: readonly Told[]): void => {
    const listener = clients.get(reader.redirect ?? 0);
    if (!listener?.isListening) return;
    listener.push(array([bulk('message'), bulk('__redis__:invalidate'), payload]), told);
  };
  return {
    enter: (send: ModelClient['push']): ModelClient => {
      last += 1;
      const client = { id: last, isListening: false, push: send };
      clients.set(last, client);
      return client;
    },
    leave: ({ id }: ModelClient) => {
      clients.delete(id);
      for (const [key, reader] of tracked) if (reader.id === id) tracked.delete(key);
    },
    has: (id: number) => clients.has(id),
    track: (client: ModelClient, key: string) => {
      if (client.redirect !== undefined) tracked.set(key, client);
    },
    tell: (told: Told) => {
      const reader = tracked.get(told.key);
      if (reader !== undefined && tracked.delete(told.key)) push(reader, array([bulk(told.key)]), [told]);
    },
    /** Of all at once, and what was tracked is forgotten: nobody can say which. */
    tellOfAll: (told: readonly Told[]) => {
      tracked.clear();
      for (const client of clients.values()) if (client.redirect !== undefined) push(client, '*-1\r\n', told);
    },
  };
}
