import { once } from 'node:events';
import { createServer } from 'node:http';
import { portOf } from './server.ts';

/** The protected application: it remembers, and tells, the raw headers that reached it. */
export async function startApp() {
  const seen: string[][] = [];
  const server = createServer((request, response) => {
    seen.push(request.rawHeaders);
    request.resume();
    response.setHeader('X-Served', request.url ?? '');
    response.end(JSON.stringify(request.rawHeaders));
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
