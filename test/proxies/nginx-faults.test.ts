import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { IDENTITY_HEADER_NAMES } from '../../src/proxy/presets.ts';
import { startApp } from '../support/app.ts';
import { send } from '../support/http.ts';
import { startInProcess } from '../support/postern.ts';
import { startNginx } from '../support/proxies/nginx.ts';
import { freePort, portOf } from '../support/server.ts';
import { fold } from '../support/site.ts';

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
  it('makes 503 with Retry-After of a Postern that is away, and asks the application nothing', async () => {
    const { nginx, app } = await siteBefore(await freePort());
    const reply = await send(nginx.port, { path: '/' });
    expect([reply.status, reply.headers['retry-after'], reply.headers['cache-control']]).toEqual([
      503,
      '1',
      'no-store',
    ]);
    expect(app.seen).toEqual([]);
  });

  it('does not wait for a Postern that hangs', async () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined));
    const { nginx, app } = await siteBefore(await listening(silent));
    const reply = await send(nginx.port, { path: '/' });
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
    expect(app.seen).toEqual([]);
  }, 20_000);

  it.each(['nonsense\r\n\r\n', 'HTTP/1.1 200 OK', ''])(
    'lets nobody pass when the answer is %j',
    async (text) => {
      const garbage = createServer((socket) => void socket.on('error', () => undefined).end(text));
      const { nginx, app } = await siteBefore(await listening(garbage));
      expect((await send(nginx.port, { path: '/' })).status).toBeGreaterThanOrEqual(500);
      expect(app.seen).toEqual([]);
    },
  );

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

describe('what the check is asked with', () => {
  it('is what nginx knows, and not what the client says', async () => {
    const asked: Array<{ url: string; headers: Record<string, string> }> = [];
    const recorder = createHttpServer((request, response) => {
      asked.push({ url: `${request.method} ${request.url}`, headers: fold(request.rawHeaders) });
      const names = IDENTITY_HEADER_NAMES.flatMap((name) => [name, '']);
      response.writeHead(200, ['Content-Length', '0', ...names]).end();
    });
    const { nginx } = await siteBefore(await listening(recorder));
    const forged = [
      'X-Original-URL',
      'X-Original-Method',
      'X-Forwarded-Uri',
      'X-Forwarded-Method',
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'X-Forwarded-For',
      'X-Request-Id',
    ];
    const headers = [...forged.flatMap((name) => [name, 'forged']), 'Cookie', 'a=b', 'Upgrade', 'forged'];
    await send(nginx.port, { method: 'POST', path: '/orders/1?x=1', headers, body: 'body' });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url).toBe('GET /auth-request/orders');
    expect(JSON.stringify(asked[0])).not.toContain('forged');
    expect(asked[0]?.headers).toMatchObject({
      cookie: 'a=b',
      x_request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      x_original_method: 'POST',
      x_original_url: `http://127.0.0.1:${nginx.port}/orders/1?x=1`,
      x_forwarded_for: '127.0.0.1',
    });
    expect(asked[0]?.headers).not.toHaveProperty('content_length');
  });
});
