import type { Socket } from 'node:net';

/** The words of a command, its name first and in capitals. */
export type Command = readonly string[];

/** Sends bytes on: at once, or not before a time of `performance.now()`. None overtakes what was passed before. */
export type Pass = (bytes: Buffer, notBefore?: number) => void;

/** What happens on the way of each message. Made anew for each connection. */
export type Way = () => (message: Buffer, pass: Pass, context: Context) => void;

export type Context = {
  /** What a reply answers; undefined where the server spoke unasked. */
  readonly command: Command | undefined;
  readonly client: Socket;
  readonly server: Socket;
};

export type Fault = {
  /** Nobody gets in, and who is in is thrown out. */
  readonly refuses?: true;
  readonly toServer?: Way;
  readonly toClient?: Way;
  /** Done once to each connection, those that come later too. */
  readonly strike?: (client: Socket, server: Socket) => void;
};

export const refuse: Fault = { refuses: true, strike: (client) => client.resetAndDestroy() };

const swallow: Way = () => () => undefined;

/** Connections open, or stay open, and nothing comes through. */
export function blackhole(direction: 'both' | 'to-server' | 'to-client' = 'both'): Fault {
  return {
    ...(direction !== 'to-client' && { toServer: swallow }),
    ...(direction !== 'to-server' && { toClient: swallow }),
  };
}

/** Each reply comes later; with `jitter`, between 0 and `jitter` ms later still. */
export function latency(milliseconds: number, { jitter = 0, seed = 1 } = {}): Fault {
  const random = randomFrom(seed);
  return {
    toClient: () => (reply, pass) => pass(reply, performance.now() + milliseconds + random() * jitter),
  };
}

export function throttle(bytesPerSecond: number): Fault {
  const toClient: Way = () => {
    let free = 0;
    return (reply, pass) => {
      for (const piece of cut(reply, 256)) {
        free = Math.max(free, performance.now()) + (piece.length * 1000) / bytesPerSecond;
        pass(piece, free);
      }
    };
  };
  return { toClient };
}

/** As a peer that crashed: RST. */
export const reset: Fault = {
  strike: (client, server) => {
    client.resetAndDestroy();
    server.resetAndDestroy();
  },
};

/** The server's side says that it will send no more, and goes on to read. */
export const halfClose: Fault = { strike: (client) => client.end() };

/** So many bytes at a time, each piece in a turn of its own. */
export function slice(bytes: number): Fault {
  return {
    toClient: () => (reply, pass) => {
      for (const piece of cut(reply, bytes)) pass(piece, 0);
    },
  };
}

function* cut(bytes: Buffer, size: number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** So many bytes of what the server says from now on, and then the end. */
export function truncate(bytes: number): Fault {
  const toClient: Way = () => {
    let left = bytes;
    return (message, pass, { client }) => {
      pass(message.subarray(0, left));
      left = Math.max(0, left - message.length);
      if (left === 0) client.end();
    };
  };
  return { toClient };
}

/** Says this at once to everybody, and after it all that it should. */
export function say(bytes: Buffer | string): Fault {
  return { strike: (client) => void client.write(bytes) };
}

/** Another reply in the place of each one; undefined drops it, and nothing takes its place. */
export function rewrite(edit: (reply: Buffer, command: Command | undefined) => Buffer | undefined): Fault {
  return {
    toClient:
      () =>
      (reply, pass, { command }) => {
        const edited = edit(reply, command);
        if (edited !== undefined) pass(edited);
      },
  };
}

/** The first reply to a command of this name is lost; all others come. */
export function dropOne(name: string): Fault {
  let dropped = false;
  return rewrite((reply, command) => {
    if (dropped || command?.[0] !== name) return reply;
    dropped = true;
    return undefined;
  });
}

/** The same numbers between 0 and 1 for the same seed (a linear congruence modulo 2^32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
