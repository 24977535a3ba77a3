import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { mintToken } from '../../src/decision/token.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import * as faults from '../support/faults.ts';
import { bearerOf, send } from '../support/http.ts';
import { startInProcess } from '../support/postern.ts';
import { createRedis, startRedis } from '../support/redis.ts';
import { bulk } from '../support/resp.ts';
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

it('RDS-15 a server that expects to load its data for an hour, and is done earlier, is used soon after', async () => {
  const redis = await startRedis();
  onTestFinished(redis.close);
  const proxy = await startFaultProxy(Number(new URL(redis.url).port));
  onTestFinished(proxy.close);
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const loading = bulk('# Persistence\r\nloading:1\r\nloading_eta_seconds:3600\r\n');
  proxy.set(
    faults.rewrite((reply, command) => {
      if (command?.[0] !== 'INFO') return reply;
      resolve();
      return loading;
    }),
  );
  const postern = await startInProcess({ storeUrl: proxy.url });
  onTestFinished(postern.close);
  await asked;
  expect((await send(postern.ports.admin, { path: '/readyz' })).status).toBe(503);
  proxy.clear();
  const before = performance.now();
  await untilReady(postern.ports.admin);
  // By its own default the client would ask again after ten.
  expect(performance.now() - before).toBeLessThan(8_000);
});
