import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHeartbeat } from '../../src/store/redis/heartbeat.ts';
import { createKeys } from '../../src/store/redis/keys.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
let data: Redis;
let subscriber: Redis;
beforeAll(async () => {
  redis = await startRedis();
  data = new Redis(redis.url, { protocol: 2 });
  subscriber = new Redis(redis.url, { protocol: 2 });
  const id = await subscriber.client('ID');
  await subscriber.subscribe('__redis__:invalidate');
  await data.client('TRACKING', 'ON', 'REDIRECT', id);
});
afterAll(async () => {
  data.disconnect();
  subscriber.disconnect();
  await redis.close();
});

/** What is told, as the tracking hears it; here it is the test that says when. */
async function toldDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
  const told = once(subscriber, 'messageBuffer');
  await work();
  const [, keys] = await told;
  return Array.isArray(keys) ? keys.map(String) : [];
}

const createOne = () => createHeartbeat(data, createKeys('postern').canary(crypto.randomUUID()));

it('CCH-08 a heartbeat comes back, for a canary that is new and for one that is there', async () => {
  const heartbeat = createOne();
  let last = 0;
  for (let beat = 0; beat < 20; beat += 1) {
    const keys = await toldDuring(heartbeat.begin);
    expect(heartbeat.awaitedFor()).toBeGreaterThanOrEqual(0);
    const beganAt = heartbeat.hear(keys);
    expect(beganAt).toBeGreaterThan(last);
    expect([heartbeat.awaitedFor(), heartbeat.hear(keys)]).toEqual([undefined, undefined]);
    last = beganAt ?? 0;
  }
});

it('CCH-08 what comes back late, of a heartbeat that was given up, does not prove the one under way', async () => {
  const heartbeat = createOne();
  const late = await toldDuring(heartbeat.begin);
  heartbeat.forget();
  const inTime = await toldDuring(heartbeat.begin);
  expect(heartbeat.hear(late)).toBeUndefined();
  expect(heartbeat.awaitedFor()).toBeGreaterThanOrEqual(0);
  expect(heartbeat.hear(inTime)).toBeGreaterThan(0);
});

it('CCH-08 one comes back on a server that is full, once its canaries are there', async () => {
  const heartbeat = createOne();
  for (let beat = 0; beat < 20; beat += 1) heartbeat.hear(await toldDuring(heartbeat.begin));
  await redis.client.config('SET', 'maxmemory', '1');
  for (let beat = 0; beat < 20; beat += 1) {
    expect(heartbeat.hear(await toldDuring(heartbeat.begin))).toBeGreaterThan(0);
  }
  await redis.client.config('SET', 'maxmemory', '0');
});
