import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closed } from '../support/closed.ts';
import { cookieOf, createSession, type NewSession, send, statusesOf } from '../support/http.ts';
import { until } from '../support/key-host.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const EACH = 100;

let postern: InProcess;
let ada: NewSession;
beforeAll(async () => {
  postern = await startInProcess();
  ada = await createSession(postern.ports.admin, { subject: 'ada' });
});
afterAll(() => postern.close());

/** Many connections that begin alike; each resolves with what came back once the other side has closed it. */
function openMany(port: number, begin: (socket: Socket) => void): Promise<string>[] {
  return Array.from({ length: EACH }, async () => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', () => undefined);
    begin(socket);
    await closed(socket);
    return text;
  });
}

const HEAD = 'GET /auth-request/default HTTP/1.1\r\nHost: a\r\nX-Slow: ';
const BODY =
  'POST /oauth/v4/default/token HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n' +
  'Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type=';

/** A byte whenever the loop turns: never silent, and never done. */
function drip(socket: Socket): void {
  socket.write(HEAD);
  const next = () => {
    if (!socket.destroyed) socket.write('x', () => setTimeout(next, 500));
  };
  next();
}

// With the limits as they are in force: the longest of these waits is 11 s, for all of them together.
describe('DOS-01 whoever', () => {
  it('sends slowly, or nothing at all, is disconnected everywhere, and nobody else notices', async () => {
    const { decision, public: issuer, admin } = postern.ports;
    const attacks = [
      ...[decision, issuer, admin].flatMap((port) => openMany(port, () => undefined)),
      ...openMany(decision, (socket) => socket.write(HEAD)),
      ...openMany(decision, drip),
      ...openMany(issuer, (socket) => socket.write(BODY)),
    ];
    const reply = await send(decision, { path: '/auth-request/default', headers: cookieOf(ada) });
    expect(reply.status).toBe(200);
    const answers = await Promise.all(attacks);
    expect(new Set(answers.flatMap(statusesOf))).toEqual(new Set([408]));
    for (const server of Object.values(postern.servers)) {
      const count = promisify(server.getConnections.bind(server));
      await until(async () => (await count()) === 0);
    }
  });
});
