import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSession, manage, type NewSession } from '../support/http.ts';
import { type Process, startProcess } from '../support/postern.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { keyOf } from './cached.ts';
import { decide, metric, untilCoherent, untilDenied, untilHot } from './pair.ts';

let folder: string;
let redis: TestRedis;
let one: Process;
let other: Process;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-pair-'));
  redis = await startRedis();
  const environment = {
    POSTERN_STORE_URL: redis.url,
    POSTERN_SECRET_KEY: Buffer.alloc(32, 7).toString('base64url'),
  };
  [one, other] = [await startProcess(environment, folder), await startProcess(environment, folder)];
  for (const started of [one, other]) await untilCoherent(started);
});
afterAll(async () => {
  await one.stop();
  await other.stop();
  await redis.close();
  await rm(folder, { recursive: true });
});

const rowOf = ({ id }: NewSession) => keyOf({ tenant: 'default', id });

type Way = (session: NewSession, subject: string) => Promise<unknown>;

const WAYS: readonly [string, Way][] = [
  ['the API of one of them', ({ id }) => manage(one.ports.admin, 'DELETE', `/default/sessions/${id}`)],
  [
    'the API, with all of its subject',
    (_, subject) => manage(one.ports.admin, 'DELETE', `/default/sessions?subject=${subject}`),
  ],
  ['the API, by rotation', ({ id }) => manage(one.ports.admin, 'POST', `/default/sessions/${id}/rotate`, {})],
  ['DEL by hand', (session) => redis.client.del(rowOf(session))],
  ['the end of its time in the store', (session) => redis.client.pexpire(rowOf(session), 1)],
  ['RENAME by hand', (session) => redis.client.rename(rowOf(session), 'elsewhere')],
  ['eviction', evict],
  ['FLUSHDB', () => redis.client.flushdb()],
  ['FLUSHALL', () => redis.client.flushall()],
];

/** Fills a server that may forget anything, until it has forgotten this. */
async function evict(session: NewSession): Promise<void> {
  const { client } = redis;
  const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', String(used + 2_000_000));
  for (let index = 0; (await client.exists(rowOf(session))) === 1; index += 1) {
    await client.set(`fills:${index}`, 'x'.repeat(100_000));
  }
  await client.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
}

it.each(WAYS)('CCH-05 what two processes hold in memory is denied by both after %s', async (_, revoke) => {
  const subject = `ada-${crypto.randomUUID()}`;
  const session = await createSession(one.ports.admin, { subject });
  for (const asked of [one, other]) await untilHot(asked, session.token);
  await revoke(session, subject);
  for (const asked of [other, one]) await untilDenied(asked, session.token);
});

it('CCH-05 who is told that it was revoked finds it denied there with the very next request', async () => {
  for (let round = 0; round < 20; round += 1) {
    const session = await createSession(one.ports.admin, { subject: 'ada' });
    await untilHot(one, session.token);
    await manage(one.ports.admin, 'DELETE', `/default/sessions/${session.id}`);
    expect(await decide(one, session.token)).toBe(401);
    await untilDenied(one, session.token);
  }
});

it('CCH-12 RDS-22 FLUSHALL drops all that is held, alarms, and ends nobody', async () => {
  const sessions = [
    await createSession(one.ports.admin, { subject: 'ada' }),
    await createSession(one.ports.admin, { subject: 'bob' }),
  ];
  for (const { token } of sessions) await untilHot(other, token);
  const before = await metric(other, 'postern_cache_flushes_total', '{reason="emptied"}');
  const alarms = () => other.log.filter(({ msg, cache }) => msg === 'cache' && cache === 'emptied');
  const alarmed = alarms().length;
  await redis.client.flushall();
  for (const { token } of sessions) await untilDenied(other, token);
  expect(await metric(other, 'postern_cache_flushes_total', '{reason="emptied"}')).toBe((before || 0) + 1);
  await other.logged(() => alarms().length > alarmed);
  // 40 is how a line says that it warns.
  expect(alarms().at(-1)).toMatchObject({ level: 40 });
  expect([one.exitCode(), other.exitCode()]).toEqual([null, null]);
  const session = await createSession(one.ports.admin, { subject: 'ada' });
  await untilHot(other, session.token);
});
