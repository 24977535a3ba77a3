import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { until } from '../coherence/cached.ts';
import { startRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { CACHE, openReplica } from '../support/stores.ts';

/** A store on a Redis of its own, and its clock to be set. */
async function start(cache = CACHE) {
  const redis = await startRedis();
  onTestFinished(redis.close);
  let ahead = 0;
  const { store } = await openReplica(redis, () => systemClock() + ahead, cache);
  onTestFinished(store.close);
  const setClock = (seconds: number) => {
    ahead = seconds;
  };
  return { redis, store, setClock };
}

it('CCH-04 RDS-30 a row that is held when the clock is set back an hour is held no longer for it', async () => {
  const { store, setClock } = await start({ ...CACHE, ttlSeconds: 1 });
  const session = sessionOf();
  await store.table.create(session);
  const misses = () => store.cache?.().misses ?? 0;
  const isHit = async () => {
    const before = misses();
    await store.findRow('default', session.id);
    return misses() === before;
  };
  await until(isHit);
  setClock(-3600);
  await until(async () => !(await isHit()));
  // And then it is held again, for as long.
  await until(isHit);
});

it('RDS-30 what was revoked is revoked again after the clock was set forward by an hour', async () => {
  const { redis, store, setClock } = await start();
  const session = sessionOf();
  await store.table.create(session);
  const key = `postern:{default.${session.id.slice(0, 2)}}:session:${session.id}`;
  const row = await redis.client.get(key);
  await store.table.revoke('default', session.id);
  setClock(3600);
  await redis.client.set(key, String(row), 'EX', 60);
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until(async () => (await redis.client.exists(key)) === 0);
  expect(await redis.client.exists(key)).toBe(0);
});

it('RDS-30 a denial that is made again after the clock was set forward lasts as long as it was to', async () => {
  const { redis, store, setClock } = await start();
  await store.foreignDenials.denyToken('default', 'https://issuer.example', 'a-token', 600);
  const [key = ''] = await redis.client.keys('postern:*denied*');
  setClock(3600);
  await redis.client.del(key);
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until(async () => (await redis.client.exists(key)) === 1);
  expect(await redis.client.ttl(key)).toBeGreaterThan(500);
});
