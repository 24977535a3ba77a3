import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  CLOSE,
  cookieOf,
  createSession,
  lines,
  type NewSession,
  send,
  sendRaw,
  statusesOf,
} from '../support/http.ts';
import { type InProcess, type Ports, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let ada: NewSession;
const rejections: unknown[] = [];
const note = (reason: unknown) => void rejections.push(reason);
beforeAll(async () => {
  process.on('unhandledRejection', note);
  postern = await startInProcess({ policies: { default: {}, open: { anonymous: true } } });
  ada = await createSession(postern.ports.admin, { subject: 'ada' });
});
afterAll(async () => {
  // Every attack of this file has passed by now, and the next good request is allowed.
  expect(
    (await send(postern.ports.decision, { path: '/auth-request/default', headers: cookieOf(ada) })).status,
  ).toBe(200);
  expect(rejections).toEqual([]);
  // HTTP-14: nobody is left waiting for an upgrade, a body or an answer.
  for (const server of Object.values(postern.servers)) {
    await vi.waitUntil(async () => (await promisify(server.getConnections.bind(server))()) === 0, 20_000);
  }
  process.off('unhandledRejection', note);
  await postern.close();
});

const LISTENERS: ReadonlyArray<[name: keyof Ports, path: string]> = [
  ['decision', '/auth-request/default'],
  ['public', '/'],
  ['admin', '/livez'],
];

describe.each(LISTENERS)('the %s listener', (name, path) => {
  const fine = { decision: 401, public: 404, admin: 200 }[name];
  const raw = async (text: string) =>
    statusesOf(await sendRaw(postern.ports[name], Buffer.from(text, 'latin1')));

  it('answers what is in order', async () => {
    expect(await raw(lines(`GET ${path} HTTP/1.1`, 'Host: a', CLOSE, ''))).toEqual([fine]);
  });

  it('HTTP-01 refuses an empty Host', async () => {
    expect(await raw(lines(`GET ${path} HTTP/1.1`, 'Host: ', CLOSE, ''))).toEqual([400]);
  });

  it.each([
    'a b',
    'a/b',
    'u@evil',
    'a?x',
    'a#x',
    'a\\admin',
    '[::1',
    'a:99999',
    'a:',
    ':80',
    'a,b',
    '\u00e9',
  ])('HTTP-02 refuses the Host %j', async (host) => {
    expect(await raw(lines(`GET ${path} HTTP/1.1`, `Host: ${host}`, CLOSE, ''))).toEqual([400]);
  });

  it.each(['localhost', 'a.example.com:8080', '[::1]:4180', '127.0.0.1', 'postern_upstream'])(
    'HTTP-02 takes the Host %j',
    async (host) => {
      expect(await raw(lines(`GET ${path} HTTP/1.1`, `Host: ${host}`, CLOSE, ''))).toEqual([fine]);
    },
  );

  it.each(['1.2.3.256', '08', '99999999999', '1.2.3.4.5'])(
    'HTTP-02 answers the Host %j, which no URL can hold, as it would another or with 400',
    async (host) => {
      const expected = name === 'decision' ? fine : 400;
      expect(await raw(lines(`GET ${path} HTTP/1.1`, `Host: ${host}`, CLOSE, ''))).toEqual([expected]);
    },
  );

  it('HTTP-03 refuses two Host lines', async () => {
    expect(await raw(lines(`GET ${path} HTTP/1.1`, 'Host: a', 'Host: a', CLOSE, ''))).toEqual([400]);
  });

  it('HTTP-04 serves HTTP/1.0 without a Host, and refuses HTTP/1.1 without one', async () => {
    expect([fine, 400]).toContain((await raw(lines(`GET ${path} HTTP/1.0`, '')))[0]);
    expect(await raw(lines(`GET ${path} HTTP/1.1`, CLOSE, ''))).toEqual([400]);
  });

  it('HTTP-05 never takes the authority of an absolute target for its own', async () => {
    const [status] = await raw(lines(`GET http://evil/auth-request/open HTTP/1.1`, 'Host: a', CLOSE, ''));
    expect([400, 404]).toContain(status);
  });

  it.each([
    [
      'Content-Length and Transfer-Encoding',
      ['Content-Length: 3', 'Transfer-Encoding: chunked', '', '0', ''],
    ],
    ['two lengths', ['Content-Length: 3', 'Content-Length: 4', '', 'abc']],
    ['a space before the colon', ['Transfer-Encoding : chunked', '', '0', '']],
    ['a folded header', ['X-Folded: a', ' b', '']],
    ['a bare CR', ['X-Bare: a\rX-Other: b', '']],
    ['a NUL', ['X-Nul: a\u0000b', '']],
    ['a line without a colon', ['nonsense', '']],
    ['HTTP-12 a head that ends in CR LF CR X', ['X: y\r\n\rX', '']],
  ])('HTTP-06 refuses %s and closes', async (_, headers) => {
    expect(await raw(lines(`POST ${path} HTTP/1.1`, 'Host: a', ...headers))).toEqual([400]);
  });

  it('HTTP-06 refuses bare line feeds', async () => {
    expect(await raw(`GET ${path} HTTP/1.1\nHost: a\n${CLOSE}\n\n`)).toEqual([400]);
  });

  it('HTTP-10 SES-04 refuses 17 KB of headers', async () => {
    const bomb = `Cookie: ${'a=b; '.repeat(3_500)}`;
    expect(await raw(lines(`GET ${path} HTTP/1.1`, 'Host: a', bomb, CLOSE, ''))).toEqual([431]);
  });

  it.each([101, 1_001, 2_500])(
    'HTTP-11 refuses %i headers, and never looks at a part of them',
    async (count) => {
      const tiny = Array.from({ length: count }, () => 'a:b');
      expect(await raw(lines(`GET ${path} HTTP/1.1`, 'Host: a', ...tiny, CLOSE, ''))).toEqual([431]);
    },
  );

  it('HTTP-13 answers unusual methods with no success', async () => {
    for (const method of ['TRACE', 'CONNECT', 'PURGE', 'FOO', 'PROPFIND']) {
      const [status = 0] = await raw(lines(`${method} ${path} HTTP/1.1`, 'Host: a', CLOSE, ''));
      const runtimeRefuses = method === 'FOO';
      if (name === 'decision' || runtimeRefuses) expect(status).toBeGreaterThanOrEqual(400);
      else expect(status).toBe(405);
    }
    expect(await postern.metrics()).toMatch(
      /^postern_refused_requests_total\{listener="[a-z]+",status="4\d\d"\} \d+$/m,
    );
    const [status = 0] = await raw(lines('OPTIONS * HTTP/1.1', 'Host: a', CLOSE, ''));
    expect(status).toBe(name === 'decision' ? 404 : 405);
  });

  it('HTTP-13 survives tunnels that are asked for and reset, or left half open', async () => {
    const head = 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n';
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          const socket = connect(postern.ports[name], '127.0.0.1');
          await once(socket, 'connect');
          socket.write(head);
          socket.resetAndDestroy();
        }),
      );
    }
    const halfOpen = connect({ port: postern.ports[name], host: '127.0.0.1', allowHalfOpen: true });
    halfOpen.on('error', () => undefined);
    halfOpen.write(head);
    const [answer] = await once(halfOpen, 'data');
    expect(statusesOf(String(answer))).toEqual([405]);
    expect(await raw(lines(`GET ${path} HTTP/1.1`, 'Host: a', CLOSE, ''))).toEqual([fine]);
  });

  it('HTTP-14 switches to no other protocol', async () => {
    const upgrade = (to: string) =>
      lines(
        `GET ${path} HTTP/1.1`,
        'Host: a',
        'Connection: Upgrade, close',
        `Upgrade: ${to}`,
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version: 13',
        '',
      );
    expect(await raw(upgrade('websocket'))).toEqual([fine]);
    expect(await raw(upgrade('h2c'))).toEqual([fine]);
    expect((await raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'))[0] ?? 400).toBeGreaterThanOrEqual(400);
    expect(await raw(lines(`GET ${path} HTTP/1.1`, 'Host: a', 'Expect: 999', CLOSE, ''))).toEqual([417]);
  });

  it('HTTP-09 takes a header named __proto__ for a header', async () => {
    const headers = ['__proto__: x', 'constructor: x', 'hasOwnProperty: x', 'toString: x'];
    expect(await raw(lines(`GET ${path} HTTP/1.1`, 'Host: a', ...headers, CLOSE, ''))).toEqual([fine]);
  });

  it('HTTP-16 survives clients that go away in the middle of a request', async () => {
    const part = `GET ${path} HTTP/1.1\r\nHost: a\r\nCookie: session=${ada.token}\r\n\r\nGET /auth`;
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          const socket = connect(postern.ports[name], '127.0.0.1');
          await once(socket, 'connect');
          socket.write(part);
          socket.destroy();
        }),
      );
    }
    expect(await raw(lines(`GET ${path} HTTP/1.1`, 'Host: a', CLOSE, ''))).toEqual([fine]);
  });
});

describe('a connection', () => {
  it.each(['decision', 'public', 'admin'] as const)(
    'to the %s listener outlives the 60 s for which nginx keeps it, and no slow sender',
    (name) => {
      const server = postern.servers[name];
      expect(server.keepAliveTimeout).toBeGreaterThan(60_000);
      expect(server.headersTimeout).toBeLessThanOrEqual(5_000);
      expect(server.requestTimeout).toBeLessThanOrEqual(10_000);
      expect(server.maxHeadersCount === null || server.maxHeadersCount > 100).toBe(true);
    },
  );
});
