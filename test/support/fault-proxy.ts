import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Command, Context, Fault, Pass, Way } from './faults.ts';
import { freePort } from './ports.ts';
import { createSplitter, wordsOf } from './resp.ts';

/** One connection through the proxy. */
export type Proxied = {
  /** All that its client has sent so far. */
  readonly sent: readonly Command[];
};

/** A TCP proxy in front of a real Redis, that does to its connections what networks and servers do. */
export type FaultProxy = {
  readonly url: string;
  readonly port: number;
  /**
   * From now on, in place of the fault before, for every connection, or those that are chosen: asked anew for each
   * message, so that it may go by what the client has sent. What is under way comes as it would have.
   */
  readonly set: (fault: Fault, chooses?: (connection: Proxied) => boolean) => void;
  readonly clear: () => void;
  /** Connections that come later lead to another server. */
  readonly leadTo: (port: number) => void;
  /** Those that are open now. */
  readonly connections: ReadonlySet<Proxied>;
  /** Those that there ever were: what was sent on one that was given up counts too. */
  readonly all: readonly Proxied[];
  /** How many that is. */
  readonly accepted: () => number;
  readonly close: () => Promise<void>;
};

type Setting = { readonly fault: Fault; readonly chooses: (connection: Proxied) => boolean };

type Open = Proxied & { readonly client: Socket; readonly server: Socket; readonly sent: Command[] };

const NONE: Setting = { fault: {}, chooses: () => false };

export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const open = new Set<Open>();
  const all: Proxied[] = [];
  let target = targetPort;
  let setting = NONE;
  const strike = (connection: Open) => {
    if (setting.chooses(connection)) setting.fault.strike?.(connection.client, connection.server);
  };
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const connection: Open = { client, server: connect(target, '127.0.0.1'), sent: [] };
    join(connection, () => setting);
    open.add(connection);
    all.push(connection);
    client.on('close', () => open.delete(connection));
    strike(connection);
  });
  const port = await freePort();
  const listen = () => {
    if (!listener.listening) listener.listen(port, '127.0.0.1');
  };
  const set: FaultProxy['set'] = (fault, chooses = () => true) => {
    setting = { fault, chooses };
    if (fault.refuses) listener.close();
    else listen();
    for (const connection of open) strike(connection);
  };
  listen();
  await once(listener, 'listening');
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    set,
    clear: () => set({}),
    leadTo: (to) => {
      target = to;
    },
    connections: open,
    all,
    accepted: () => all.length,
    close: async () => {
      for (const { client, server } of open) for (const socket of [client, server]) socket.destroy();
      if (listener.listening) await new Promise((resolve) => listener.close(resolve));
    },
  };
}

function join(connection: Open, setting: () => Setting): void {
  const { client, server, sent } = connection;
  for (const socket of [client, server]) {
    socket.setNoDelay(true);
    // An error is followed by "close".
    socket.on('error', () => undefined);
  }
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroySoon());
  client.on('end', () => server.end());
  const waiting: Command[] = [];
  const choose = (direction: 'toServer' | 'toClient') => {
    const { fault, chooses } = setting();
    return chooses(connection) ? fault[direction] : undefined;
  };
  const up = createLane(server, () => choose('toServer'));
  const down = createLane(client, () => choose('toClient'));
  const [commandsIn, repliesIn] = [createSplitter(), createSplitter()];
  client.on('data', (chunk: Buffer) => {
    for (const message of commandsIn(chunk)) {
      const [name = '', ...rest] = wordsOf(message);
      const command = [name.toUpperCase(), ...rest];
      sent.push(command);
      if (up(message, { command, client, server })) waiting.push(command);
    }
  });
  server.on('data', (chunk: Buffer) => {
    for (const reply of repliesIn(chunk)) down(reply, { command: waiting.shift(), client, server });
  });
}

/**
 * One direction of one connection; says whether anything was passed on. What a fault remembers of it lasts as long as
 * the fault is set.
 */
function createLane(to: Socket, wayOf: () => Way | undefined) {
  const pass = createQueue(to);
  let way: Way | undefined;
  let act: ReturnType<Way> | undefined;
  return (message: Buffer, context: Context): boolean => {
    const now = wayOf();
    if (now !== way) [way, act] = [now, now?.()];
    let passed = false;
    const note: Pass = (bytes, notBefore) => {
      passed = true;
      pass(bytes, notBefore);
    };
    if (act === undefined) note(message);
    else act(message, note, context);
    return passed;
  };
}

/** In order, and what has to wait one by one: so pieces are not put together again on the way. */
function createQueue(to: Socket): Pass {
  const queue: { readonly bytes: Buffer; readonly at: number }[] = [];
  const write = (bytes: Buffer) => {
    if (to.writable) to.write(bytes);
  };
  const arm = () => {
    const [first] = queue;
    if (first === undefined) return;
    const wait = first.at - performance.now();
    if (wait > 0) setTimeout(send, Math.ceil(wait)).unref();
    else setImmediate(send);
  };
  const send = () => {
    const first = queue.shift();
    if (first !== undefined) write(first.bytes);
    arm();
  };
  return (bytes, notBefore) => {
    if (notBefore === undefined && queue.length === 0) return write(bytes);
    queue.push({ bytes, at: notBefore ?? 0 });
    if (queue.length === 1) arm();
  };
}
