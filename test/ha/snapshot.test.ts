import { isDeepStrictEqual } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { openWatched } from '../support/watched-store.ts';

/** A server that keeps what a snapshot has, and one store on it. */
async function setUp() {
  const redis = await createRedis(['--appendonly', 'no', '--save', '']);
  onTestFinished(redis.close);
  await redis.start();
  const { store, calls, next } = await openWatched(redis.url);
  onTestFinished(store.close);
  const restart = async () => {
    const up = next('up');
    await redis.kill();
    await redis.start();
    await up;
  };
  return { redis, store, calls, restart };
}

const FOREIGN = { issuer: 'https://idp', subject: 'eve', jti: 'j1', issuedAt: 1_000 };

it('RDS-21 a restart from an older snapshot brings back nothing that was revoked, and ends nothing else', async () => {
  const { redis, store, restart } = await setUp();
  const [single, rotated, first, second, bystander] = ['ada', 'bob', 'eve', 'eve', 'kim'].map((subject) =>
    sessionOf({ subject }),
  );
  if (!single || !rotated || !first || !second || !bystander) throw new Error('there are five');
  for (const session of [single, rotated, first, second, bystander]) await store.table.create(session);
  await redis.client.save();
  const next = sessionOf({ subject: 'bob' });
  await store.table.revoke('default', single.id);
  await store.table.rotate(rotated, next);
  await store.table.revokeSubject('default', 'eve');
  await store.foreignDenials.denyToken('default', FOREIGN.issuer, FOREIGN.jti, 60);
  await store.foreignDenials.denySubject('default', FOREIGN.issuer, 'mallory', 2_000, 60);
  await restart();
  const found = (id: (typeof single)['id']) => store.findRow('default', id);
  for (const { id } of [single, rotated, first, second]) expect(await found(id)).toBeUndefined();
  expect((await found(bystander.id))?.session).toEqual(bystander);
  expect(await store.foreignDenials.isDenied('default', FOREIGN)).toBe(true);
  expect(await store.foreignDenials.isDenied('default', { ...FOREIGN, jti: 'j2', subject: 'mallory' })).toBe(
    true,
  );
  expect(await store.foreignDenials.isDenied('default', { ...FOREIGN, jti: 'j2' })).toBe(false);
});

it('RDS-21 a session that was created after its subject was revoked outlives the restart', async () => {
  const { redis, store, restart } = await setUp();
  const before = sessionOf({ subject: 'eve' });
  await store.table.create(before);
  await store.table.revokeSubject('default', 'eve');
  const after = sessionOf({ subject: 'eve' });
  await store.table.create(after);
  await redis.client.save();
  await restart();
  // Whatever is done again was sent before this, and is listed before it is answered.
  const { sessions } = await store.directory.list('default', 'eve', { limit: 10 });
  expect(sessions).toEqual([after]);
});

it('RDS-20 what was revoked is revoked again where the server refuses it at first', async () => {
  const { redis, store, calls } = await setUp();
  const session = sessionOf();
  await store.table.create(session);
  const key = `postern:{default.${session.id.slice(0, 2)}}:session:${session.id}`;
  const row = await redis.client.get(key);
  await store.table.revoke('default', session.id);
  await redis.client.set(key, String(row), 'EX', 60);
  await redis.client.config('SET', 'min-replicas-to-write', '1');
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  const refused = { operation: 'revoke', result: 'store_refused' };
  await vi.waitUntil(() => calls.some((call) => isDeepStrictEqual(call, refused)), 10_000);
  expect(await redis.client.exists(key)).toBe(1);
  await redis.client.config('SET', 'min-replicas-to-write', '0');
  while ((await redis.client.exists(key)) === 1);
});
