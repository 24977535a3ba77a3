import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { mintToken } from '../../src/decision/token.ts';
import { bearerOf, send } from '../support/http.ts';
import { startInProcess } from '../support/postern.ts';
import { createRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

/** With a backlog of one the system takes two at most, and lets what asks for more go without any answer. */
async function fillBacklog(port: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => undefined);
  await Promise.race(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

it('RDS-06 a server that nobody can connect to, without a word, keeps no decision waiting and ends nobody', async () => {
  const redis = await createRedis(['--tcp-backlog', '1']);
  onTestFinished(redis.close);
  await redis.start();
  await redis.freeze();
  const sockets = await fillBacklog(redis.port);
  const postern = await startInProcess({ storeUrl: redis.url });
  onTestFinished(postern.close);
  expect(await postern.down).toBe('ETIMEDOUT');
  const stranger = { token: mintToken('nobody').token.reveal() };
  const ask = (headers: readonly string[]) =>
    send(postern.ports.decision, { path: '/auth-request/default', headers });
  for (let again = 0; again < 5; again += 1) {
    expect((await ask(bearerOf(stranger))).status).toBe(503);
    expect((await ask([])).status).toBe(401);
  }
  expect((await send(postern.ports.admin, { path: '/readyz' })).status).toBe(503);
  for (const socket of sockets) socket.destroy();
  await redis.thaw();
  await untilReady(postern.ports.admin);
  expect((await ask(bearerOf(stranger))).status).toBe(401);
});
