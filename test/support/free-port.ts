import { once } from 'node:events';
import { createServer } from 'node:net';

let lastPort = 20_000 + ((process.pid * 97) % 10_000);

/** A free port below those that the system gives to clients, so that no connection of a test takes it meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    lastPort = lastPort >= 29_999 ? 20_000 : lastPort + 1;
    const port = lastPort;
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      return port;
    } catch {
      // Taken: the next one.
    } finally {
      server.close();
    }
  }
}
