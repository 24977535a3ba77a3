import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FaultProxy, type Proxied, startFaultProxy } from '../support/fault-proxy.ts';
import { blackhole, type Fault, latency, say } from '../support/faults.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { bulk } from '../support/resp.ts';
import { type Cached, keyOf, openCached, put, until } from './cached.ts';

let redis: TestRedis;
let proxy: FaultProxy;
let cached: Cached;
let client: Redis;
beforeEach(async () => {
  redis = await startRedis();
  client = redis.client;
  proxy = await startFaultProxy(Number(new URL(redis.url).port));
  cached = await openCached(proxy.url);
});
afterEach(async () => {
  await cached.store.close();
  await proxy.close();
  await redis.close();
});

/** Not even that one side hangs up comes through, so the connection stays half open. */
const cutOff: Fault = { ...blackhole(), strike: (client) => void client.removeAllListeners('end') };

const listens = ({ sent }: Proxied) => sent.some(([name]) => name === 'SUBSCRIBE');
const reads = (connection: Proxied) => !listens(connection);

/** The connections that Redis was told to tell, in order. */
const redirects = () =>
  [...proxy.connections].flatMap(({ sent }) =>
    sent.filter(([name, verb]) => name === 'CLIENT' && verb === 'TRACKING').map((words) => words.at(-1)),
  );

/** That of the store, of the two of this type that may be: the other is our own. */
async function kill(type: 'pubsub' | 'normal'): Promise<void> {
  const list = String(await client.call('CLIENT', 'LIST', 'TYPE', type));
  const own = await client.client('ID');
  const ids = [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => Number(id)).filter((id) => id !== own);
  expect(ids).toHaveLength(1);
  await client.client('KILL', 'ID', ids[0] ?? 0);
}

describe.each([
  ['CCH-06', 'is told of changes', 'pubsub'],
  ['CCH-07', 'reads', 'normal'],
] as const)('%s the connection that %s is killed', (id, _, type) => {
  it(`${id} what was held is dropped, both are armed again before anything is held, and nothing is stale`, async () => {
    const session = await put(cached.store);
    await cached.untilHeld(session);
    await kill(type);
    await cached.next('bypassed');
    expect(cached.figures()).toMatchObject({ entries: 0, bytes: 0, isCoherent: false });
    // Behind its back, while nobody tells.
    await client.del(keyOf(session));
    await cached.next('coherent');
    expect(await cached.store.findRow('default', session.id)).toBeUndefined();
    expect(cached.flushes.slice(0, 1)).toEqual(['connection_lost']);
  });

  it(`${id} changes are told again afterwards`, async () => {
    await kill(type);
    await cached.next('bypassed');
    await cached.next('coherent');
    const session = await put(cached.store);
    await cached.untilHeld(session);
    await client.del(keyOf(session));
    await cached.untilGone(session);
  });
});

it('CCH-13 one message that names several rows drops each of them, and no other', async () => {
  const rows = [await put(cached.store), await put(cached.store), await put(cached.store)];
  for (const row of rows) await cached.untilHeld(row);
  const [first, second, kept] = rows;
  const keys = [first, second].map((row) => bulk(row === undefined ? '' : keyOf(row)));
  const message = `*3\r\n${bulk('message')}${bulk('__redis__:invalidate')}*2\r\n${keys.join('')}`;
  expect(cached.figures().entries).toBe(rows.length);
  proxy.set(say(message), listens);
  await until(async () => cached.figures().entries < rows.length);
  expect(cached.figures()).toMatchObject({ entries: 1, isCoherent: true });
  expect(kept && (await cached.isHit(kept))).toBe(true);
});

describe('a link that is cut in silence', () => {
  it('CCH-08 to who is told of changes: a heartbeat notices, and no read is answered from memory then', async () => {
    const session = await put(cached.store);
    await cached.untilHeld(session);
    const cut = new Set(proxy.connections);
    proxy.set(cutOff, (connection) => cut.has(connection) && listens(connection));
    const cutAt = performance.now();
    await client.del(keyOf(session));
    await cached.untilGone(session);
    expect(performance.now() - cutAt).toBeLessThan(5_000);
    expect(cached.figures()).toMatchObject({ isCoherent: false });
    expect(cached.flushes).toEqual(['heartbeat_late']);
    await cached.next('bypassed');
    await cached.next('coherent');
    // One that was given up is not asked to listen again, however long it takes to close.
    const asked = redirects();
    expect(new Set(asked).size).toBe(asked.length);
    expect(await cached.store.findRow('default', session.id)).toBeUndefined();
  });

  it('CCH-08 to who reads: nothing is answered from memory after the bound, and what is gone stays gone', async () => {
    const session = await put(cached.store);
    await cached.untilHeld(session);
    const cut = new Set(proxy.connections);
    proxy.set(cutOff, (connection) => cut.has(connection) && reads(connection));
    const cutAt = performance.now();
    await cached.next('bypassed');
    expect(performance.now() - cutAt).toBeLessThan(5_000);
    await client.del(keyOf(session));
    await cached.next('coherent');
    // The data connection may still be on trial: then it can't tell.
    const found = await vi.waitUntil(async () => {
      try {
        return { value: await cached.store.findRow('default', session.id) };
      } catch {
        return undefined;
      }
    }, 20_000);
    expect(found).toEqual({ value: undefined });
  });

  it('CCH-08 a link that is slow, and tells in time, is no lost one', async () => {
    const session = await put(cached.store);
    await cached.untilHeld(session);
    // Longer than from one heartbeat to the next, and far from the silence that is too long.
    proxy.set(latency(600), listens);
    await client.del(keyOf(session));
    await cached.untilGone(session);
    await cached.untilProven();
    expect(cached.flushes).toEqual([]);
  });
});
