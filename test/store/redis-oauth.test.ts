import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { sha256 } from '../../src/lib/digest.ts';
import type { Store } from '../../src/store/store.ts';
import { STRIKES } from '../../src/store/strikes.ts';
import { openReplica, openTestRedis } from '../support/stores.ts';

let under: Awaited<ReturnType<typeof openTestRedis>>;
beforeAll(async () => {
  under = await openTestRedis();
});
afterAll(() => under.close());

async function startReplica(): Promise<Store> {
  const { store } = await openReplica(under.redis);
  onTestFinished(store.close);
  return store;
}

describe('failures that replicas count', () => {
  const strikes = async (store: Store, key: string, count: number) => {
    for (let strike = 0; strike < count; strike += 1) await store.strike(key);
  };
  const keyOf = (key: string) => `postern:strikes:${key}`;

  it('add up, and who is refused by one is refused by all', async () => {
    const [key, other] = [sha256('spread'), await startReplica()];
    await strikes(under.store, key, STRIKES.points / 2);
    await strikes(other, key, STRIKES.points / 2);
    expect(await under.store.strike(key)).toBe(STRIKES.blockDuration);
    expect(await other.strike(key)).toBeGreaterThan(0);
  });

  it('are kept for a minute, and not a second longer', async () => {
    const key = sha256('kept');
    await under.store.strike(key);
    expect(await under.redis.client.ttl(keyOf(key))).toBeGreaterThan(0);
    expect(await under.redis.client.pttl(keyOf(key))).toBeLessThanOrEqual(STRIKES.duration * 1000);
    await strikes(under.store, key, STRIKES.points);
    expect(await under.redis.client.ttl(keyOf(key))).toBeGreaterThan(0);
    expect(await under.redis.client.pttl(keyOf(key))).toBeLessThanOrEqual(STRIKES.blockDuration * 1000);
  });

  it('begin anew when their time is over', async () => {
    const key = sha256('over');
    await strikes(under.store, key, STRIKES.points + 1);
    const other = await startReplica();
    expect(await under.redis.client.pexpire(keyOf(key), 1)).toBe(1);
    await vi.waitUntil(async () => (await under.redis.client.exists(keyOf(key))) === 0, 20_000);
    expect(await other.strike(key)).toBe(0);
  });

  it('cost the server nothing while they are refused', async () => {
    const key = sha256('flood');
    await strikes(under.store, key, STRIKES.points + 1);
    await under.redis.client.config('RESETSTAT');
    await Promise.all(Array.from({ length: 1_000 }, () => under.store.strike(key)));
    const info = await under.redis.client.info('commandstats');
    const commands = [...info.matchAll(/^cmdstat_([a-z|]+):/gm)].map(([, name]) => name);
    // A probe may have come in between.
    expect(commands.filter((name) => name !== 'get' && name !== 'echo')).toEqual(['config|resetstat']);
  });

  it('are counted by a server that has forgotten its scripts', async () => {
    await under.redis.client.script('FLUSH');
    expect(await under.store.strike(sha256('forgetful'))).toBe(0);
  });
});

describe('what is of the wrong type, or no time', () => {
  const denial = (kind: string, name: string) =>
    `postern:{default}:denied-${kind}:${sha256(`https://idp\0${name}`)}`;
  const isDenied = (subject: string, jti: string) =>
    under.store.foreignDenials.isDenied('default', { issuer: 'https://idp', subject, jti, issuedAt: 1 });

  it('as a denial lets nobody pass', async () => {
    await under.redis.client.lpush(denial('token', 'list'), 'x');
    await under.redis.client.lpush(denial('subject', 'list'), 'x');
    await under.redis.client.set(denial('subject', 'word'), 'word');
    await under.redis.client.set(denial('subject', 'nothing'), '');
    await expect(isDenied('ada', 'list')).rejects.toBeInstanceOf(CannotTell);
    await expect(isDenied('list', 'j1')).rejects.toBeInstanceOf(CannotTell);
    await expect(isDenied('word', 'j1')).rejects.toMatchObject({ doubt: 'row_unreadable' });
    await expect(isDenied('nothing', 'j1')).rejects.toMatchObject({ doubt: 'row_unreadable' });
  });

  it('as the mark of a use still means used', async () => {
    await under.redis.client.lpush('postern:{default}:used:digest', 'x');
    expect(await under.store.consumeOnce('default', 'digest', 60)).toBe(false);
  });

  it('as the time of a use is "can\'t tell"', async () => {
    const { note, of } = under.store.secretUses;
    await note('default', 'f4a1', 'first', 1_000);
    const [key = ''] = await under.redis.client.keys('postern:{default}:secret-uses:*');
    await under.redis.client.hset(key, 'first', 'word');
    await expect(of('default', 'f4a1')).rejects.toMatchObject({ doubt: 'row_unreadable' });
  });
});

describe('a server that is gone', () => {
  it('is "can\'t tell" for a failure', async () => {
    const own = await openTestRedis();
    onTestFinished(own.close);
    expect(await own.store.strike(sha256('before'))).toBe(0);
    await own.breakDown();
    own.calls.length = 0;
    await expect(own.store.strike(sha256('before'))).rejects.toMatchObject({
      name: 'CannotTell',
      doubt: 'store_unavailable',
    });
    expect(own.calls).toEqual([{ operation: 'strike', result: 'store_unavailable' }]);
  });
});
