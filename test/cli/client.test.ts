import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createCall } from '../../src/cli/client.ts';
import { endpointAt, parseEndpoint } from '../../src/cli/endpoint.ts';
import { Secret } from '../../src/lib/secret.ts';
import { portOf } from '../support/server.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function callTo(listener: RequestListener, deadline = () => new AbortController().signal) {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const endpoint = parseEndpoint(`http://127.0.0.1:${portOf(server)}/below/`);
  if (endpoint === undefined) throw new Error('the address is none');
  return createCall({ endpoint, tenant: 'a/b', adminToken: new Secret('t'), deadline });
}

it.each([
  ['before it answers', false],
  ['in the midst of its answer', true],
])(
  'a server that stands still %s is given up at the deadline, and a write is in doubt',
  async (_, begins) => {
    const late = new AbortController();
    const call = await callTo(
      (_, response) => {
        // More than lies on the way: once it is written, the client has read where the answer begins.
        if (begins) response.write(' '.repeat(32 * 1024 * 1024), () => late.abort());
        else late.abort();
      },
      () => late.signal,
    );
    await expect(call('POST', '/applications', z.unknown(), {})).rejects.toMatchObject({
      code: 69,
      message: expect.stringMatching(/it took too long.*It is not known whether the call took effect/),
    });
  },
);

it('a server that ends the connection leaves no doubt about a call that only reads', async () => {
  const call = await callTo((request) => request.socket.destroy());
  await expect(call('GET', '/applications', z.unknown())).rejects.toMatchObject({
    code: 69,
    message: expect.not.stringContaining('not known'),
  });
});

it.each([
  [400, 1],
  [401, 77],
  [403, 77],
  [404, 1],
  [409, 1],
  [422, 1],
  [500, 1],
  [503, 69],
])('a problem of status %d ends with %d', async (status, code) => {
  const call = await callTo((_, response) => response.writeHead(status).end('{"detail":"because"}'));
  await expect(call('GET', '/applications', z.unknown())).rejects.toMatchObject({ code });
});

it('what a server says can not steer the terminal, and goes nowhere else by a redirect', async () => {
  const hostile = await callTo((_, response) => response.writeHead(400).end('{"detail":"a\\u001b[2J\\nb"}'));
  await expect(hostile('GET', '/x', z.unknown())).rejects.toThrow('a\ufffd[2J\ufffdb');
  const paths: (string | undefined)[] = [];
  const away = await callTo((request, response) => {
    paths.push(request.url);
    response.writeHead(307, { Location: '/elsewhere' }).end();
  });
  await expect(away('GET', '/x', z.unknown())).rejects.toMatchObject({ code: 69 });
  expect(paths).toEqual(['/below/management/v4/a%2Fb/x']);
});

it.each([
  ['https://postern.example', { printed: 'https://postern.example', secure: true, to: { port: 443 } }],
  ['http://[::1]:4182/', { printed: 'http://[::1]:4182', secure: false, to: { host: '::1', port: 4182 } }],
  ['unix:/run/postern.sock', { secure: false, to: { socketPath: '/run/postern.sock' } }],
])('%s is an endpoint', (text, endpoint) => {
  expect(parseEndpoint(text)).toMatchObject(endpoint);
});

it.each(['127.0.0.1:4182', 'http://', 'http://u:p@h', 'http://h?q', 'http://h#f', 'unix:relative', ''])(
  '%j is none',
  (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  },
);

it.each([
  [{ host: '0.0.0.0', port: 1 }, 'http://127.0.0.1:1'],
  [{ host: '::', port: 1 }, 'http://[::1]:1'],
  [{ host: 'postern.local', port: 80 }, 'http://postern.local'],
  [{ host: '127.0.0.1', port: 0 }, undefined],
])('a server that listens on %j is asked at %s', (address, printed) => {
  expect(endpointAt(address)?.printed).toBe(printed);
});
