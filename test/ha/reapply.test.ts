import { expect, it, onTestFinished } from 'vitest';
import { startRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { openWatched } from '../support/watched-store.ts';

it('RDS-16 RDS-20 what a full server refuses holds up no revocation before or after it, and is done when it can be', async () => {
  const redis = await startRedis();
  onTestFinished(redis.close);
  const { store, next } = await openWatched(redis.url);
  onTestFinished(store.close);
  const deny = (from: number) =>
    Promise.all(
      Array.from({ length: 150 }, (_, index) =>
        store.foreignDenials.denyToken('default', 'https://idp', `j${from + index}`, 600),
      ),
    );
  const session = sessionOf();
  await store.table.create(session);
  const key = `postern:{default.${session.id.slice(0, 2)}}:session:${session.id}`;
  const row = String(await redis.client.get(key));
  await deny(0);
  await store.table.revoke('default', session.id);
  await deny(1_000);
  // Another server takes its place: it has the session, knows of no denial, and takes no more.
  await redis.client.flushall();
  await redis.client.set(key, row, 'EX', 600);
  await redis.client.config('SET', 'maxmemory', '1');
  const up = next('up');
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await up;
  while ((await redis.client.exists(key)) === 1);
  expect(await redis.client.dbsize()).toBe(0);
  await redis.client.config('SET', 'maxmemory', '0');
  while ((await redis.client.dbsize()) < 300);
});
