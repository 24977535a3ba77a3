import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Session } from '../../src/decision/session.ts';
import { type FaultProxy, type Proxied, startFaultProxy } from '../support/fault-proxy.ts';
import { blackhole } from '../support/faults.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { EMPTY_REGISTRY } from '../support/registries.ts';
import { sessionOf } from '../support/sessions.ts';
import { openReplica } from '../support/stores.ts';
import { type Cached, openCached } from './cached.ts';

let redis: TestRedis;
let proxy: FaultProxy;
let cached: Cached;
let other: Awaited<ReturnType<typeof openReplica>>;
beforeAll(async () => {
  redis = await startRedis();
  proxy = await startFaultProxy(redis.port);
  cached = await openCached(proxy.url);
  other = await openReplica(redis);
});
beforeEach(async () => {
  proxy.clear();
  await cached.untilProven();
});
afterAll(async () => {
  await cached.store.close();
  await other.store.close();
  await proxy.close();
  await redis.close();
});

const listens = ({ sent }: Proxied) => sent.some(([name]) => name === 'SUBSCRIBE');

let last = '';

/** What another process declares, and a token that it issues then. */
async function issue(version: string): Promise<Session> {
  const { registries, table } = other.store;
  expect(await registries.replace('default', last, { version, registry: EMPTY_REGISTRY }, [])).toBe(true);
  last = version;
  const token = sessionOf({ subjectType: 'client', subject: 'f4a1', clientId: 'f4a1' });
  await table.create(token);
  return token;
}

const versionOf = async ({ id }: Session) => (await cached.store.findRow('default', id))?.version;

it('CCH-05 a token is weighed by what was declared before it was issued, though nobody has told of that yet', async () => {
  const old = await issue('first');
  await cached.untilHeld(old);
  proxy.set(blackhole('to-client'), listens);
  const token = await issue('second');
  // That of the version that was held is known to be over with it.
  expect([await versionOf(old), await versionOf(token), await versionOf(old)]).toEqual([
    'first',
    'second',
    'second',
  ]);
});

it('CCH-05 all who ask for a token at a time share the reads of its row and of the version', async () => {
  const token = await issue('third');
  const reads = () => proxy.all.flatMap(({ sent }) => sent).filter(([name]) => name === 'EVAL').length;
  const before = reads();
  const versions = await Promise.all(Array.from({ length: 50 }, () => versionOf(token)));
  expect(new Set(versions)).toEqual(new Set(['third']));
  expect(reads() - before).toBe(2);
});
