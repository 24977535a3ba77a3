import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { freePort, listening, type RunningServer, runProgram } from '../support/server.ts';
import { sessionOf } from '../support/sessions.ts';
import { openCached } from './cached.ts';

/** Never comes upon a key whose time is over by itself: as where few of millions of keys are, and it looks at some. */
let folder: string;
let server: RunningServer;
let client: Redis;
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-redis-'));
  const port = await freePort();
  url = `redis://127.0.0.1:${port}`;
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--enable-debug-command', 'yes'];
  server = await runProgram('redis-server', args, folder);
  await listening(port);
  client = new Redis(url, { protocol: 2 });
  await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
});
afterAll(async () => {
  client.disconnect();
  await server.stop();
  await rm(folder, { recursive: true });
});

async function openStore(clock?: Clock) {
  const { store } = await openCached(url, clock);
  onTestFinished(store.close);
  return store;
}

const hitsOf = (store: Awaited<ReturnType<typeof openStore>>) => store.cache?.().hits ?? 0;

it.each([
  ['whose clock is right', 0],
  ['whose clock is an hour behind', -3600],
])('CCH-04 a row whose time in the store is over is not served by a process %s', async (_, offset) => {
  const writer = await openStore();
  const reader = await openStore(() => systemClock() + offset);
  const session = sessionOf({ expiresAt: Math.floor(systemClock()) + 3600 });
  await writer.table.create(session);
  const [key = ''] = await client.keys(`*${session.id}`);
  const find = () => reader.findRow('default', session.id);
  // On a busy machine its time may be over before it is held: then it is given some more.
  for (let before = hitsOf(reader); hitsOf(reader) === before; ) {
    await writer.table.create(session);
    await client.pexpire(key, 1_500);
    await find();
    before = hitsOf(reader);
    await find();
  }
  await vi.waitUntil(async () => (await find()) === undefined, { timeout: 20_000, interval: 5 });
  expect(await find()).toBeUndefined();
});

it('CCH-04 a row that somebody put there without an end is held until its own', async () => {
  const reader = await openStore();
  const session = sessionOf();
  await reader.table.create(session);
  const [key = ''] = await client.keys(`*${session.id}`);
  await client.persist(key);
  await vi.waitUntil(async () => {
    const before = hitsOf(reader);
    expect(await reader.findRow('default', session.id)).toBeDefined();
    return hitsOf(reader) === before + 1;
  }, 20_000);
});
