import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { send, sendRaw } from '../../support/http.ts';
import { describeProxies } from '../../support/proxies/proxies.ts';
import type { ProxyKind } from '../../support/proxies/proxy.ts';
import { answerWith, EMPTY_IDENTITY, startResolver } from '../../support/proxies/resolver.ts';
import { portOf } from '../../support/server.ts';
import { fold } from '../../support/site.ts';

const closers: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** RFC 6455 section 1.3: the handshake and what answers it. */
const HANDSHAKE = { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13' };
const SWITCHING = [
  'HTTP/1.1 101 Switching Protocols',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  '',
  '',
].join('\r\n');

/** An application that does more than remember, and a resolver that allows everything or nothing. */
async function startBefore(proxy: ProxyKind, status = 200) {
  const resolver = await startResolver(answerWith(status, status === 200 ? EMPTY_IDENTITY : []));
  closers.push(resolver.close);
  const bodies: string[] = [];
  const heads: Array<Record<string, string>> = [];
  const app = createServer(async (incoming, response) => {
    heads.push(fold(incoming.rawHeaders));
    if (incoming.url === '/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: first\n\n');
      return;
    }
    let body = '';
    for await (const chunk of incoming) body += chunk;
    bodies.push(body);
    response.end(`${body.length}`);
  });
  app.on('upgrade', (incoming, socket) => {
    heads.push(fold(incoming.rawHeaders));
    socket.on('error', () => undefined).write(SWITCHING);
    if (incoming.url === '/closing') socket.end();
    else socket.on('data', (chunk) => socket.end(`echo ${chunk}`));
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  closers.push(() => {
    app.closeAllConnections();
    app.close();
  });
  const { port, close } = await proxy.start(resolver.port, portOf(app));
  closers.push(close);
  return { port, resolver, bodies, heads };
}

const handshake = Object.entries(HANDSHAKE).map(([name, value]) => `${name}: ${value}`);
const upgrade = (...fields: string[]) =>
  ['GET /closing HTTP/1.1', 'Host: app.example', ...handshake, ...fields, '', ''].join('\r\n');

describeProxies('bodies and long answers', (proxy) => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'PRX-09 the check of a %s never gets its body, and the application does, once',
    async (method) => {
      const { port, resolver, bodies } = await startBefore(proxy);
      const body = 'x'.repeat(900_000);
      const { status } = await send(port, { method, path: '/', body });
      expect(status).toBe(200);
      expect(bodies).toEqual([body]);
      expect(resolver.asked).toHaveLength(1);
      expect(resolver.asked[0]?.headers).not.toHaveProperty('transfer_encoding');
      expect(resolver.asked[0]?.headers.content_length ?? '0').toBe('0');
      expect(resolver.rest()).toBe('');
    },
  );

  it('PRX-09 a body in chunks neither', async () => {
    const { port, resolver, bodies } = await startBefore(proxy);
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
    const reply = await sendRaw(port, `${head}5\r\nhello\r\n0\r\n\r\n`);
    expect(reply).toMatch(/^HTTP\/1\.1 200/);
    expect(bodies).toEqual(['hello']);
    expect(resolver.asked[0]?.headers).not.toHaveProperty('transfer_encoding');
    expect(resolver.rest()).toBe('');
  });

  it('PRX-09 a body that is waited for with "Expect" reaches the application alone, and nothing after a denial', async () => {
    for (const [status, expected] of [
      [200, ['hello']],
      [401, []],
    ] as const) {
      const { port, resolver, bodies } = await startBefore(proxy, status);
      const outgoing = request({ port, method: 'POST', path: '/', headers: { Expect: '100-continue' } });
      // Caddy says so itself, and hands on the application's.
      outgoing.once('continue', () => outgoing.end('hello'));
      outgoing.on('error', () => undefined);
      outgoing.flushHeaders();
      const [response] = await once(outgoing, 'response');
      response.resume();
      await once(response, 'end');
      outgoing.destroy();
      expect(response.statusCode).toBe(status);
      expect(bodies).toEqual(expected);
      expect(resolver.rest()).toBe('');
    }
  });

  it('PRX-09 HEAD is checked as GET is', async () => {
    const denied = await startBefore(proxy, 401);
    expect((await send(denied.port, { method: 'HEAD', path: '/' })).status).toBe(401);
    expect(denied.heads).toEqual([]);
    const allowed = await startBefore(proxy);
    expect((await send(allowed.port, { method: 'HEAD', path: '/' })).status).toBe(200);
    expect(allowed.resolver.asked).toHaveLength(1);
  });

  it('PRX-09 an answer without an end reaches the client as it comes, and is checked once', async () => {
    const { port, resolver } = await startBefore(proxy);
    const outgoing = request({ port, path: '/events' }).on('error', () => undefined);
    outgoing.end();
    const [response] = await once(outgoing, 'response');
    const [first] = await once(response, 'data');
    expect(String(first)).toBe('data: first\n\n');
    expect(resolver.asked).toHaveLength(1);
    outgoing.destroy();
  });
});

describeProxies('upgrades', (proxy) => {
  it('PRX-09 a WebSocket is checked once, and then open both ways', async () => {
    const { port, resolver, heads } = await startBefore(proxy);
    const outgoing = request({
      port,
      path: '/socket',
      headers: { ...HANDSHAKE, Connection: 'Upgrade', Upgrade: 'WebSocket' },
    });
    outgoing.end();
    const [response, socket] = await once(outgoing, 'upgrade');
    expect(response.statusCode).toBe(101);
    socket.write('frame');
    const [echoed] = await once(socket, 'data');
    expect(String(echoed)).toBe('echo frame');
    expect(resolver.asked).toHaveLength(1);
    expect(resolver.asked[0]?.headers).not.toHaveProperty('upgrade');
    expect(heads[0]).toMatchObject({ upgrade: expect.stringMatching(/^websocket$/i) });
    socket.on('error', () => undefined).destroy();
  });

  it('PRX-09 a WebSocket that is denied reaches nobody', async () => {
    const { port, heads } = await startBefore(proxy, 403);
    const fields = ['Connection: Upgrade, close', 'Upgrade: websocket'];
    expect(await sendRaw(port, upgrade(...fields))).toMatch(/^HTTP\/1\.1 403/);
    expect(heads).toEqual([]);
  });

  it.each([
    ['Upgrade: h2c'],
    ['Upgrade: TLS/1.0'],
    ['Upgrade: websocket, h2c'],
    ['Upgrade: h2c, websocket'],
    ['Upgrade: h2c', 'Upgrade: websocket'],
  ])('nothing else tunnels further requests past the check: %s %s', async (...fields) => {
    const { port, heads } = await startBefore(proxy);
    const settings = 'HTTP2-Settings: AAMAAABkAAQAAP__';
    const head = upgrade('Connection: close, Upgrade, HTTP2-Settings', settings, ...fields);
    expect(await sendRaw(port, head)).toMatch(/^HTTP\/1\.1 (101|200|4\d\d)/);
    // Caddy makes one of two lines, if one of them is a WebSocket's.
    for (const { upgrade: asked = 'websocket' } of heads) expect(asked).toBe('websocket');
    expect(
      heads.filter((seen) => /upgrade/i.test(seen.connection ?? '') && seen.upgrade === undefined),
    ).toEqual([]);
  });
});
