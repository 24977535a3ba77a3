import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopwatch } from '../../src/lib/clock.ts';
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

async function countConnections(): Promise<number> {
  const servers = Object.values(postern.servers);
  const counts = await Promise.all(servers.map((server) => promisify(server.getConnections.bind(server))()));
  return counts.reduce((sum, count) => sum + count, 0);
}

type Outcome = { readonly text: string; readonly closedAt: number; readonly milliseconds: number };

/** Many connections that begin alike; each resolves with what came back once the other side has closed it. */
function openMany(port: number, begin: (socket: Socket) => void): Promise<Outcome>[] {
  return Array.from({ length: EACH }, async () => {
    const openedAt = stopwatch();
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', () => undefined);
    begin(socket);
    await closed(socket);
    const closedAt = stopwatch();
    return { text, closedAt, milliseconds: closedAt - openedAt };
  });
}

const HEAD = 'GET /auth-request/default HTTP/1.1\r\nHost: a\r\nX-Slow: ';
const BODY =
  'POST /oauth/v4/default/token HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n' +
  'Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type=';

/** A byte a second: never silent, and never done. */
function drip(socket: Socket): void {
  socket.write(HEAD);
  const next = () => {
    if (!socket.destroyed) socket.write('x', () => setTimeout(next, 1_000));
  };
  next();
}

/** Of whoever does not come to the end of a head; and how late a machine may be that is busy. */
const [MOST_MILLISECONDS, LATE_MILLISECONDS] = [6_000, 2_000];

// With the limits as they are in force: the longest of these waits is 11 s, for all of them together.
describe('DOS-01 whoever', () => {
  it('sends slowly, or nothing at all, is disconnected everywhere, and nobody else notices', async () => {
    const { decision, public: issuer, admin } = postern.ports;
    const heads = [
      ...[decision, issuer, admin].flatMap((port) => openMany(port, () => undefined)),
      ...openMany(decision, (socket) => socket.write(HEAD)),
      ...openMany(decision, drip),
    ];
    const bodies = openMany(issuer, (socket) => socket.write(BODY));
    await until(async () => (await countConnections()) === heads.length + bodies.length);
    for (let again = 0; again < 20; again += 1) {
      const reply = await send(decision, { path: '/auth-request/default', headers: cookieOf(ada) });
      expect(reply.status).toBe(200);
    }
    const [ofHeads, ofBodies] = [await Promise.all(heads), await Promise.all(bodies)];
    expect(new Set([...ofHeads, ...ofBodies].flatMap(({ text }) => statusesOf(text)))).toEqual(
      new Set([408]),
    );
    const waits = ofHeads.map(({ milliseconds }) => milliseconds);
    expect(Math.max(...waits)).toBeLessThan(MOST_MILLISECONDS + LATE_MILLISECONDS);
    // However busy it is: who sends a body has twice the time.
    const closedAt = (outcomes: readonly Outcome[]) => outcomes.map((outcome) => outcome.closedAt);
    expect(Math.max(...closedAt(ofHeads))).toBeLessThan(Math.min(...closedAt(ofBodies)));
    await until(async () => (await countConnections()) === 0);
  });
});
