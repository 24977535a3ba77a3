import { once } from 'node:events';
import { createServer as createSecureServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { get, type Probe } from '../../src/doctor/probe.ts';
import { createSend } from '../../src/doctor/wire.ts';
import { Secret } from '../../src/lib/secret.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { freePort, portOf } from '../support/server.ts';

const closers: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return portOf(server);
}

const NEVER = () => new AbortController().signal;

const sendTo = (port: number, probe: Probe, { secure = false, host = '127.0.0.1', patience = NEVER } = {}) =>
  createSend({ to: { host, port }, secure, host: 'site.example' }, patience)(probe);

describe('a probe', () => {
  it('goes out byte for byte as it is written', async () => {
    let received = '';
    const server = createServer((socket: Socket) => {
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        if (received.endsWith('\r\n\r\n')) socket.end('HTTP/1.1 400 Bad\r\n\r\n');
      });
    });
    const probe: Probe = {
      method: 'PROPFIND',
      target: '/a\\..\x01/\xff#?',
      headers: [
        ['X_A', '1'],
        ['X_A', '2'],
        ['Authorization', new Secret('Bearer t')],
      ],
    };
    expect(await sendTo(await listening(server), probe)).toMatchObject({ kind: 'reply', status: 400 });
    expect(received).toBe(
      'PROPFIND /a\\..\x01/\xff#? HTTP/1.1\r\nHost: site.example\r\nX_A: 1\r\nX_A: 2\r\nAuthorization: Bearer t\r\nConnection: close\r\n\r\n',
    );
  });

  it('keeps the Host and the Connection that it names', async () => {
    let received = '';
    const server = createServer((socket) => {
      socket.on('data', (chunk) => {
        received += String(chunk);
        socket.end('HTTP/1.1 400 Bad\r\n\r\n');
      });
    });
    const probe = get('/', [
      ['host', 'other'],
      ['connection', 'close, X-A'],
    ]);
    await sendTo(await listening(server), probe);
    expect(received).toBe('GET / HTTP/1.1\r\nhost: other\r\nconnection: close, X-A\r\n\r\n');
  });

  it('that is answered by the end of the connection alone says so', async () => {
    const server = createServer((socket) => void socket.on('error', () => undefined).end());
    expect(await sendTo(await listening(server), get('/'))).toEqual({ kind: 'closed' });
  });

  it('that is not answered ends when patience does', async () => {
    const patience = new AbortController();
    const server = createServer((socket) => {
      closers.push(() => socket.destroy());
      socket.once('data', () => patience.abort());
    });
    const answer = sendTo(await listening(server), get('/'), { patience: () => patience.signal });
    expect(await answer).toEqual({ kind: 'timeout' });
  });

  it('to where nobody listens says why it can go nowhere', async () => {
    expect(await sendTo(await freePort(), get('/'))).toEqual({ kind: 'unreachable', code: 'ECONNREFUSED' });
  });

  it('goes over TLS to whom a trusted certificate names, and to nobody else', async () => {
    const server = createSecureServer(CERTIFICATE, (_, response) => response.writeHead(403).end());
    const port = await listening(server);
    const strange = await sendTo(port, get('/'), { secure: true });
    expect(strange).toEqual({ kind: 'unreachable', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const before = getCACertificates('default');
    closers.push(() => setDefaultCACertificates(before));
    setDefaultCACertificates([CERTIFICATE.cert]);
    expect(await sendTo(port, get('/'), { secure: true })).toMatchObject({ kind: 'reply', status: 403 });
  });
});
