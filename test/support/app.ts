import { once } from 'node:events';
import { createServer, type ServerOptions } from 'node:http';
import { portOf } from './server.ts';

/** The protected application: it remembers, and tells, the raw headers that reached it. */
export async function startApp(options: ServerOptions = {}) {
  const seen: string[][] = [];
  const server = createServer(options, (request, response) => {
    seen.push(request.rawHeaders);
    response.setHeader('X-Served', request.url ?? '');
    // Not before the whole request is there: whoever still writes to a connection that closes takes it for broken.
    request.resume().once('end', () => response.end(JSON.stringify(request.rawHeaders)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
