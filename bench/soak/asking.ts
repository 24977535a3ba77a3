import { type Connection, openConnection, type Reply } from '../load/connection.ts';

export type Question = {
  readonly request: string;
  readonly answered: (reply: Reply, sentAt: number) => void;
};

export type Asking = {
  readonly stop: () => void;
  /** Not asked, since no connection was free: so many wait for an answer at most. */
  readonly skipped: () => number;
  /** Connections that the server closed. */
  readonly broken: () => number;
  /** How long the oldest question waits, in milliseconds. */
  readonly longestWait: () => number;
};

const CONNECTIONS = 64;
const TICK_MILLISECONDS = 10;
/** A pause before the next connection, so that a server that is gone is not stormed. */
const RETRY_MILLISECONDS = 100;

/** An open loop: at a constant rate, whatever the answers take, up to as many at a time as there are connections. */
export function startAsking(port: number, perSecond: number, draw: () => Question): Asking {
  const idle: Connection[] = [];
  const waiting = new Map<Connection, number>();
  let [due, skipped, broken, isOver] = [0, 0, 0, false];
  const open = () => {
    if (isOver) return;
    let isBroken = false;
    const connection = openConnection(port, () => {
      if (isBroken) return;
      isBroken = true;
      broken += 1;
      waiting.delete(connection);
      const place = idle.indexOf(connection);
      if (place !== -1) idle.splice(place, 1);
      setTimeout(open, RETRY_MILLISECONDS);
    });
    idle.push(connection);
  };
  for (let count = 0; count < CONNECTIONS; count += 1) open();
  const ask = () => {
    // In turns, so that none is idle for so long that the server closes it.
    const connection = idle.shift();
    if (connection === undefined) {
      skipped += 1;
      return;
    }
    const { request, answered } = draw();
    const sentAt = performance.now();
    waiting.set(connection, sentAt);
    connection.ask(request, (reply) => {
      waiting.delete(connection);
      idle.push(connection);
      answered(reply, sentAt);
    });
  };
  const timer = setInterval(() => {
    due += (perSecond * TICK_MILLISECONDS) / 1000;
    for (; due >= 1; due -= 1) ask();
  }, TICK_MILLISECONDS);
  return {
    stop: () => {
      isOver = true;
      clearInterval(timer);
      for (const { close } of [...idle, ...waiting.keys()]) close();
    },
    skipped: () => skipped,
    broken: () => broken,
    longestWait: () => Math.max(0, ...[...waiting.values()].map((sentAt) => performance.now() - sentAt)),
  };
}
