import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** How often connections are looked at, and at how many looks in a row the same bytes may wait for their peer. */
export type ReadingLimits = { readonly everyMilliseconds: number; readonly looks: number };

/** What had been written when the first of so many looks found that some of it waits. */
type Waiting = { readonly written: number; readonly looks: number };

/**
 * Ends the connections of those who ask and do not read, or read a byte now and then: what is written for them stays in
 * our memory. The runtime's own limits are for what is received.
 */
export function endUnread(server: Server, { everyMilliseconds, looks }: ReadingLimits): void {
  const connections = new Map<Socket, Waiting | undefined>();
  server.on('connection', (socket: Socket) => {
    connections.set(socket, undefined);
    socket.once('close', () => connections.delete(socket));
  });
  const look = () => {
    for (const [socket, before] of connections) {
      if (before === undefined && socket.writableLength === 0) continue;
      const waiting = waitingOn(socket, before);
      if (waiting !== undefined && waiting.looks >= looks) socket.destroy();
      else connections.set(socket, waiting);
    }
  };
  server.once('listening', () => {
    const timer = setInterval(look, everyMilliseconds).unref();
    server.once('close', () => clearInterval(timer));
  });
}

/** Who reads on is not to be mistaken for one who does not, though there is always more for him. */
function waitingOn(socket: Socket, before: Waiting | undefined): Waiting | undefined {
  const { writableLength, bytesWritten: written } = socket;
  if (writableLength === 0) return undefined;
  const isTaken = before === undefined || written - writableLength >= before.written;
  return isTaken ? { written, looks: 1 } : { ...before, looks: before.looks + 1 };
}
