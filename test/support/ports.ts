import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

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

/** Resolves once somebody accepts connections on the port; rejects after 20 s. */
export async function listening(port: number): Promise<void> {
  const end = AbortSignal.timeout(20_000);
  while (!(await accepts(port))) {
    if (end.aborted) throw new Error(`nobody listens on port ${port}`);
    await sleep(20);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
