import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { auditEntryOf, RICH_REGISTRY, versioned } from '../support/registries.ts';
import { sessionOf } from '../support/sessions.ts';
import { openReplica, openTestRedis } from '../support/stores.ts';

const DOCUMENT = 'postern:{default}:registry';
const VERSION = 'postern:{default}:registry-version';
const AUDIT = 'postern:{default}:audit';

let under: Awaited<ReturnType<typeof openTestRedis>>;
beforeAll(async () => {
  under = await openTestRedis();
});
afterAll(() => under.close());

/** Declares anew, whatever was there before. */
async function declare() {
  await under.redis.client.flushall();
  const next = versioned(RICH_REGISTRY);
  await under.store.registries.replace('default', '', next, [auditEntryOf()]);
  return next;
}

describe('the keys of a registry', () => {
  it('are three, in one slot', async () => {
    await declare();
    expect((await under.redis.client.keys('*')).toSorted()).toEqual([AUDIT, DOCUMENT, VERSION]);
  });

  it.each([
    ['the document', [DOCUMENT]],
    ['the version', [VERSION]],
  ])('where %s alone is lost, nothing is taken for empty, and nothing is written', async (_, lost) => {
    const { version } = await declare();
    await under.redis.client.del(...lost);
    const before = await under.dump();
    const { registries } = under.store;
    for (const call of [
      registries.read('default'),
      registries.replace('default', version, versioned(), [auditEntryOf()]),
      registries.replace('default', '', versioned(), [auditEntryOf()]),
    ]) {
      await expect(call).rejects.toMatchObject({ name: 'CannotTell', doubt: 'row_unreadable' });
    }
    expect(await under.dump()).toBe(before);
  });

  it.each([
    ['the version', [VERSION]],
    ['the version and the document', [VERSION, DOCUMENT]],
    ['the document', [DOCUMENT]],
  ])('where %s is of the wrong type, nothing is taken for empty', async (_, broken) => {
    await declare();
    await under.redis.client.del(...broken);
    for (const key of broken) await under.redis.client.lpush(key, 'x');
    await expect(under.store.registries.read('default')).rejects.toBeInstanceOf(CannotTell);
  });

  it('a version of the wrong type is no version, for a decision and for the state', async () => {
    const session = sessionOf({ subjectType: 'client' });
    await under.store.table.create(session);
    await under.redis.client.del(VERSION);
    await under.redis.client.lpush(VERSION, 'x');
    const refused = { name: 'CannotTell', doubt: 'store_refused' };
    await expect(under.store.findRow('default', session.id)).rejects.toMatchObject(refused);
    await expect(under.store.registries.state('default')).rejects.toMatchObject(refused);
  });

  it('where all is lost, it is as if nothing was ever declared', async () => {
    await declare();
    await under.redis.client.flushall();
    expect((await under.store.registries.read('default')).version).toBe('');
    expect(await under.store.registries.replace('default', '', versioned(), [])).toBe(true);
  });
});

describe('the time', () => {
  it.each([-3600, 3600])("is the server's where the own clock is %i s off", async (off) => {
    const { store } = await openReplica(under.redis, () => systemClock() + off);
    onTestFinished(store.close);
    const [earlier, { now }, later] = [
      await serverTime(),
      await store.registries.state('default'),
      await serverTime(),
    ];
    expect(now).toBeGreaterThanOrEqual(earlier);
    expect(now).toBeLessThanOrEqual(later);
  });

  it('has a fraction', async () => {
    const { registries } = under.store;
    const times = await Promise.all([1, 2, 3].map(() => registries.state('default')));
    expect(times.some(({ now }) => !Number.isInteger(now))).toBe(true);
  });

  async function serverTime(): Promise<number> {
    const [seconds, microseconds] = await under.redis.client.time();
    return Number(seconds) + Number(microseconds) / 1_000_000;
  }
});

describe('a server that takes no writes', () => {
  it('still gives the registry, and a change is not half done', async () => {
    const next = await declare();
    await under.redis.client.config('SET', 'maxmemory', '1');
    expect(await under.store.registries.read('default')).toEqual(next);
    expect((await under.store.registries.state('default')).version).toBe(next.version);
    await expect(
      under.store.registries.replace('default', next.version, versioned(), [auditEntryOf()]),
    ).rejects.toMatchObject({ doubt: 'store_refused' });
    await under.redis.client.config('SET', 'maxmemory', '0');
    expect(await under.store.registries.read('default')).toEqual(next);
    expect(await under.redis.client.zcard(AUDIT)).toBe(1);
  });

  it('lets start who agrees on the secret', async () => {
    await under.store.agreeOnSecret('same');
    await under.redis.client.config('SET', 'maxmemory', '1');
    expect(await under.store.agreeOnSecret('same')).toBe(true);
    expect(await under.store.agreeOnSecret('other')).toBe(false);
    await under.redis.client.config('SET', 'maxmemory', '0');
  });
});
