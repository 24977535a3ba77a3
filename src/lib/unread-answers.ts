import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** How often connections are looked at, and at how many looks in a row one may have bytes that its peer does not take. */
export type ReadingLimits = { readonly everyMilliseconds: number; readonly looks: number };

/**
 * Ends the connections of those who ask and do not read, or read a byte now and then: what is written for them stays in
 * our memory. The runtime's own limits are for what is received.
 */
export function endUnread(server: Server, { everyMilliseconds, looks }: ReadingLimits): void {
  const unread = new Map<Socket, number>();
  server.on('connection', (socket: Socket) => {
    unread.set(socket, 0);
    socket.once('close', () => unread.delete(socket));
  });
  const look = () => {
    for (const [socket, before] of unread) {
      const now = socket.writableLength > 0 ? before + 1 : 0;
      if (now >= looks) socket.destroy();
      else if (now !== before) unread.set(socket, now);
    }
  };
  server.once('listening', () => {
    const timer = setInterval(look, everyMilliseconds).unref();
    server.once('close', () => clearInterval(timer));
  });
}
