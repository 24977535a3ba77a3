import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closed } from '../support/closed.ts';
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
import { basicOf, present, type Registered, registerApplication } from '../support/issuer.ts';
import { type InProcess, type Ports, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let ada: NewSession;
let client: Registered;
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: { signingAlg: 'ES256' } } });
  ada = await createSession(postern.ports.admin, { subject: 'ada' });
  client = await registerApplication(postern.ports);
});
afterAll(async () => {
  // Whatever was sent, the next good request is answered.
  const reply = await send(postern.ports.decision, { path: '/auth-request/default', headers: cookieOf(ada) });
  expect(reply.status).toBe(200);
  await postern.close();
});

const GIGABYTE = 1024 ** 3;
const PIECE = Buffer.alloc(64 * 1024, 'x');
/** What can be on its way when a connection is closed: the buffers of both systems, and no body. */
const ON_ITS_WAY = 16 * 1024 * 1024;

/**
 * Sends a head and then pieces, as long as somebody takes them. Gives how much was read of it all, and the answers that
 * came: a connection that is closed while its client sends takes them along at times.
 */
async function pour(name: keyof Ports, head: string, piece: string | Buffer = PIECE) {
  const connected = once(postern.servers[name], 'connection');
  const socket = connect(postern.ports[name], '127.0.0.1');
  const [served]: Socket[] = await connected;
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  socket.on('error', () => undefined);
  socket.write(head);
  const pourOn = () => {
    let goesOn = true;
    while (goesOn && !socket.destroyed) goesOn = socket.write(piece);
  };
  socket.on('drain', pourOn);
  pourOn();
  await closed(socket);
  return { statuses: statusesOf(text), read: served?.bytesRead ?? GIGABYTE };
}

const post = (path: string, ...headers: readonly string[]) =>
  lines(`POST ${path} HTTP/1.1`, 'Host: a', ...headers, '');
const DECISION = '/auth-request/default';
const TOKEN = '/oauth/v4/default/token';
const FORM = 'Content-Type: application/x-www-form-urlencoded';
const CHUNK = `10000\r\n${'x'.repeat(0x10000)}\r\n`;

describe('DOS-06 a body of a gigabyte', () => {
  it.each<[string, string, string | Buffer]>([
    ['announced', post(DECISION, `Content-Length: ${GIGABYTE}`), PIECE],
    ['in chunks', post(DECISION, 'Transfer-Encoding: chunked'), CHUNK],
    ['in one chunk', `${post(DECISION, 'Transfer-Encoding: chunked')}40000000\r\n`, PIECE],
  ])('to the decision listener, %s, is not read', async (_, head, piece) => {
    const { statuses, read } = await pour('decision', head, piece);
    expect([[], [401]]).toContainEqual(statuses);
    expect(read).toBeLessThan(ON_ITS_WAY);
  });

  it.each([10, 1_024])('that says it has %i bytes ends the connection where they end', async (length) => {
    const { statuses, read } = await pour('decision', post(DECISION, `Content-Length: ${length}`));
    expect([[], [401], [401, 400]]).toContainEqual(statuses);
    expect(read).toBeLessThan(ON_ITS_WAY);
  });

  it.each<[string, string, string | Buffer]>([
    ['announced', post(TOKEN, FORM, `Content-Length: ${GIGABYTE}`), PIECE],
    ['in chunks', post(TOKEN, FORM, 'Transfer-Encoding: chunked'), CHUNK],
  ])('to the token endpoint, %s, is refused after 16 KiB', async (_, head, piece) => {
    const { statuses, read } = await pour('public', head, piece);
    expect([[], [413]]).toContainEqual(statuses);
    expect(read).toBeLessThan(ON_ITS_WAY);
  });

  it('to the management API is refused, and ended after what the framework is patient with', async () => {
    const type = 'Content-Type: application/json';
    const head = post('/management/v4/default/sessions', type, `Content-Length: ${GIGABYTE}`);
    expect([[], [401]]).toContainEqual((await pour('admin', head)).statuses);
  });
});

describe('DOS-07 a body of the token endpoint', () => {
  it('whose chunks have endless extensions is refused', async () => {
    const { statuses, read } = await pour('public', `${post(TOKEN, FORM, 'Transfer-Encoding: chunked')}1;`);
    expect([[], [413]]).toContainEqual(statuses);
    expect(read).toBeLessThan(ON_ITS_WAY);
  });

  it('whose many chunks have an extension each is refused', async () => {
    const piece = `1;${'x'.repeat(1_000)}\r\nx\r\n`;
    const { statuses } = await pour('public', post(TOKEN, FORM, 'Transfer-Encoding: chunked'), piece);
    expect([[], [413]]).toContainEqual(statuses);
  });

  it.each<[string, (form: string) => string | Buffer]>([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (form) => form],
  ])(
    'that would be good once it was unpacked is refused for its coding, and not read: %s',
    async (encoding, pack) => {
      const size = encoding === 'identity' ? 1_000 : 10 * 1024 * 1024;
      const body = Buffer.from(pack(`grant_type=client_credentials&more=${'0'.repeat(size)}`));
      expect(body.length).toBeLessThan(16 * 1024);
      const login = `Authorization: Basic ${btoa(basicOf(client))}`;
      const length = `Content-Length: ${body.length}`;
      const head = post(TOKEN, FORM, login, `Content-Encoding: ${encoding}`, length, CLOSE);
      const text = await sendRaw(postern.ports.public, Buffer.concat([Buffer.from(head), body]));
      expect(statusesOf(text)).toEqual([400]);
      expect(text).toContain('A compressed body is not read.');
    },
  );

  it('without a coding is the good one that it was', async () => {
    const form = { grant_type: 'client_credentials', more: '0'.repeat(1_000) };
    expect((await present(postern.ports, { basic: basicOf(client), form })).status).toBe(200);
  });
});
