import type { Socket } from 'node:net';

/** Resolves when the connection is gone, however it went: `once` rejects for one that was reset. */
export async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}
