import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { send } from '../support/http.ts';
import { startInProcess } from '../support/postern.ts';
import { startNginx } from '../support/proxies/nginx.ts';
import { portOf } from '../support/server.ts';

const closers: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** The site of `deploy/nginx` before whatever listens on a port in the place of Postern. */
async function siteBefore(decisionPort: number) {
  const app = await startApp();
  closers.push(app.close);
  const nginx = await startNginx(decisionPort, app.port);
  closers.push(nginx.close);
  return { nginx, app };
}

async function listening<Kind extends Server>(server: Kind): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return portOf(server);
}

describe('nginx, when the check goes wrong', () => {
  it('leaves a policy that does not exist an error, which no retry will mend', async () => {
    const postern = await startInProcess({ policies: { other: {} } });
    closers.push(postern.close);
    const { nginx, app } = await siteBefore(postern.ports.decision);
    const reply = await send(nginx.port, { path: '/' });
    expect([reply.status, reply.headers['retry-after']]).toEqual([500, undefined]);
    expect(app.seen).toEqual([]);
  });

  it("passes the application's own errors as they are", async () => {
    const app = createHttpServer((_, response) => response.writeHead(500, { 'X-Own': 'yes' }).end('own'));
    const postern = await startInProcess({ policies: { open: { anonymous: true } } });
    closers.push(postern.close);
    const nginx = await startNginx(postern.ports.decision, await listening(app));
    closers.push(nginx.close);
    const reply = await send(nginx.port, { path: '/public/' });
    expect([reply.status, reply.headers['x-own'], reply.body]).toEqual([500, 'yes', 'own']);
  });
});
