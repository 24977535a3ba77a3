import { Socket } from 'node:net';
import { AbstractConnector } from 'ioredis';
import { createSplitter, wordsOf } from '../../support/resp.ts';
import type { ModelClient, ModelRedis, Told } from './model-redis.ts';

/** A socket gives texts on as they are. */
type Chunk = Buffer | string;

/** The client's end of a connection that is nowhere but here. */
class Wire extends Socket {
  readonly #take: (chunk: Chunk) => void;
  readonly #ended: () => void;

  constructor(take: (chunk: Chunk) => void, ended: () => void) {
    super();
    this.#take = take;
    this.#ended = ended;
  }

  override _write(chunk: Chunk, _encoding: BufferEncoding, done: () => void): void {
    this.#take(chunk);
    done();
  }

  override _writev(chunks: { chunk: Chunk }[], done: () => void): void {
    for (const { chunk } of chunks) this.#take(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.#ended();
    done();
  }

  override _read(): void {
    // What comes is brought.
  }
}

type Item = { readonly bytes: string; readonly told: readonly Told[] } | 'hung up';

type Link = {
  readonly wire: Wire;
  readonly client: ModelClient;
  readonly sent: (readonly string[] | 'hung up')[];
  readonly items: Item[];
};

/** The connections of one client to the model, one after the other. Each step is the test's to make. */
export function createLane(redis: ModelRedis, tell: (told: Told) => void) {
  let link: Link | undefined;
  const serve = (): boolean => {
    const next = link?.sent.shift();
    if (link === undefined || next === undefined) return false;
    if (next === 'hung up') redis.leave(link.client);
    link.items.push(next === 'hung up' ? next : { bytes: redis.run(link.client, next), told: [] });
    return true;
  };
  const serveAll = () => {
    while (serve());
  };
  const bring = (many = 1): void => {
    const [items, wire] = [link?.items.splice(0, many) ?? [], link?.wire];
    const came = items.flatMap((item) => (item === 'hung up' ? [] : [item]));
    if (wire === undefined || wire.destroyed) return;
    if (came.length > 0) wire.push(came.map(({ bytes }) => bytes).join(''));
    for (const { told } of came) told.forEach(tell);
    if (came.length < items.length) wire.destroy();
  };
  return {
    Connector: createConnector(() => {
      link = open(redis);
      return link.wire;
    }),
    /** Runs the next command. */
    serve,
    serveAll,
    /** Brings the next reply, or what is told. */
    bring: () => bring(),
    /** Runs all that was sent, and brings all that is to come, in one piece. */
    answerAll: () => {
      serveAll();
      bring(Number.POSITIVE_INFINITY);
    },
    isQuiet: () => link === undefined || link.sent.length + link.items.length === 0,
    /** Of what was sent, nothing or all was run. */
    lose: (isRun: boolean) => {
      if (isRun) serveAll();
      if (link !== undefined) redis.leave(link.client);
      link?.wire.destroy();
      link = undefined;
    },
    /** Nothing goes either way from now on, and neither side is told. */
    cut: () => {
      link = undefined;
    },
  };
}

function open(redis: ModelRedis): Link {
  const [sent, items]: [Link['sent'], Item[]] = [[], []];
  const split = createSplitter();
  const wire = new Wire(
    (chunk) => void sent.push(...split(typeof chunk === 'string' ? Buffer.from(chunk) : chunk).map(wordsOf)),
    () => void sent.push('hung up'),
  );
  wire.on('close', () => void sent.push('hung up'));
  return { wire, sent, items, client: redis.enter((bytes, told) => void items.push({ bytes, told })) };
}

/** As long as the client itself waits for a connection to close that it has ended. */
const DISCONNECT_MILLISECONDS = 2_000;

function createConnector(accept: () => Socket) {
  return class extends AbstractConnector {
    constructor() {
      super(DISCONNECT_MILLISECONDS);
    }

    override async connect(): Promise<Socket> {
      this.stream = accept();
      return this.stream;
    }
  };
}
