import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInTurn } from '../../src/oauth/in-turn.ts';
import { send } from '../support/http.ts';
import { getToken, type Registered, registerApplication } from '../support/issuer.ts';
import { ADMIN_TOKEN, type InProcess, startInProcess, startProcess } from '../support/postern.ts';

let postern: InProcess;
let client: Registered;
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: { signingAlg: 'ES256' } } });
  client = await registerApplication(postern.ports);
});
afterAll(() => postern.close());

const begin = (path: string) =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${ADMIN_TOKEN}`,
    'Content-Type: application/json',
    'Content-Length: 100',
    '',
    '{',
  ].join('\r\n');

/** Many a client that has sent the first byte of its body, and no more. */
async function slowly(port: number, count: number, path: string): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    await once(socket, 'connect');
    socket.on('error', () => undefined).write(begin(path));
  }
  return sockets;
}

describe('clients that are slow', () => {
  it('keep nobody from getting a token, or the keys', async () => {
    const sockets = await slowly(postern.ports.public, 400, '/oauth/v4/default/token');
    await getToken(postern.ports, client);
    const keys = await send(postern.ports.public, { path: '/oauth/v4/default/publickeys' });
    expect(keys.status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it.each([
    ['public', '/oauth/v4/default/token', 'issuer'],
    ['admin', '/management/v4/default/sessions', 'managed'],
  ] as const)('and go away in the midst of a body are no fault of ours: %s', async (listener, path, msg) => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-slow-'));
    const own = await startProcess({ POSTERN_STORE_URL: 'sqlite::memory:' }, folder);
    const [socket] = await slowly(own.ports[listener], 1, path);
    // Its turn has come when a request that was made after it is answered.
    await send(own.ports[listener], { path: '/nothing' });
    socket?.destroy();
    expect(await own.logged((line) => line.msg === msg)).toMatchObject({ status: 400 });
    expect(own.log.filter((line) => line.msg === 'fault')).toEqual([]);
    await own.stop();
    await rm(folder, { recursive: true });
  });
});

describe('work that is under way', () => {
  it('is bounded: what is beyond waits its turn, and what is far beyond is refused', async () => {
    const inTurn = createInTurn();
    const gate = Promise.withResolvers<void>();
    let [begun, underWay, most] = [0, 0, 0];
    const work = async () => {
      begun += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      await gate.promise;
      underWay -= 1;
    };
    const asked = Array.from({ length: 16 + 256 }, () => inTurn(work));
    await expect(inTurn(work)).rejects.toMatchObject({ status: 503, code: 'temporarily_unavailable' });
    expect(begun).toBe(16);
    gate.resolve();
    // Some come just as others end.
    for (const [index, one] of asked.entries()) {
      await one;
      if (index % 10 === 0) asked.push(inTurn(work));
    }
    expect([begun, most]).toEqual([asked.length, 16]);
  });

  it('makes room also where it fails', async () => {
    const inTurn = createInTurn();
    const failing = Array.from({ length: 40 }, () => inTurn(() => Promise.reject(new Error('no'))));
    await Promise.allSettled(failing);
    expect(await inTurn(async () => 'done')).toBe('done');
  });
});
