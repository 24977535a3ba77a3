import { describe, expect, it } from 'vitest';
import { createFacts, type Fact } from '../../../src/store/near/facts.ts';

function open({ maxEntries = 100, ttlSeconds = 60 } = {}) {
  let [now, isCoherent, loads] = [1_000, true, 0];
  const facts = createFacts<string, undefined>({
    bounds: { maxEntries, maxBytes: 100_000 },
    ttlSeconds,
    isCoherent: () => isCoherent,
    clock: () => now,
    now: () => now * 1000,
  });
  const load = (fact: Partial<Fact<string>> | undefined) => async () => {
    loads += 1;
    return fact && { value: 'there', bytes: 10, until: Number.POSITIVE_INFINITY, ...fact };
  };
  return {
    facts,
    load,
    loads: () => loads,
    /** A read that the test ends. */
    slow() {
      const { promise, resolve, reject } = Promise.withResolvers<Fact<string> | undefined>();
      const load = () => {
        loads += 1;
        return promise;
      };
      return { load, reject, bring: (value: string) => resolve({ value, bytes: 10, until: 9_999 }) };
    },
    wait: (seconds: number) => {
      now += seconds;
    },
    setCoherent: (next: boolean) => {
      isCoherent = next;
    },
  };
}

describe('what is held', () => {
  it.each([
    ["the row's own end", { until: 1_010 }, 10],
    ['what the store leaves it', { until: 1_030, lifeSeconds: 10 }, 10],
    ['its own end, where the store leaves it longer', { until: 1_010, lifeSeconds: 30 }, 10],
    ['the longest that anything is held', { until: 5_000, lifeSeconds: 5_000 }, 60],
    ['the longest, where it has no end', {}, 60],
  ])('CCH-04 is served until %s, and not a millisecond longer', async (_, fact, seconds) => {
    const { facts, load, wait } = open();
    await facts.get('key', load(fact));
    wait(seconds - 0.001);
    expect(facts.held('key')).toBe('there');
    wait(0.001);
    expect(facts.held('key')).toBeUndefined();
    expect(facts.figures()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('CCH-04 counts its time from when it was asked for, and not from when it came', async () => {
    const { facts, slow, wait } = open({ ttlSeconds: 5 });
    const { load, bring } = slow();
    const answer = facts.get('key', load);
    wait(4);
    bring('there');
    await answer;
    wait(0.999);
    expect(facts.held('key')).toBe('there');
    wait(0.001);
    expect(facts.held('key')).toBeUndefined();
  });

  it('is read once by all who ask at a time, and counted', async () => {
    const { facts, load, loads } = open();
    await Promise.all([facts.get('key', load({})), facts.get('key', load({})), facts.get('key', load({}))]);
    expect([await facts.get('key', load({})), facts.held('key'), loads()]).toEqual(['there', 'there', 1]);
    expect(facts.figures()).toMatchObject({ hits: 2, misses: 3, entries: 1, bytes: 13 });
  });

  it('that there is nothing is held for five seconds', async () => {
    const { facts, load, loads, wait } = open();
    expect(await facts.get('key', load(undefined))).toBeUndefined();
    wait(4.999);
    expect(await facts.get('key', load({}))).toBeUndefined();
    wait(0.001);
    expect([await facts.get('key', load({})), loads()]).toEqual(['there', 2]);
  });

  it("a read that can't tell is told to all who wait for it, and is tried again by the next", async () => {
    const { facts, load, slow } = open();
    const failing = slow();
    const answers = Promise.allSettled([facts.get('key', failing.load), facts.get('key', failing.load)]);
    failing.reject(new Error('away'));
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await facts.get('key', load({}))).toBe('there');
  });
});

describe('CCH-14 a read that was under way', () => {
  it.each([
    ['its key was dropped', 'drop'],
    ['what fits something was dropped', 'dropWhere'],
    ['everything was dropped', 'clear'],
  ] as const)('CCH-14 while %s is not kept, and not shared with who asks later', async (_, how) => {
    const { facts, slow } = open();
    const [before, after] = [slow(), slow()];
    const first = facts.get('key', before.load);
    if (how === 'drop') facts.drop('key');
    else if (how === 'dropWhere') facts.dropWhere(() => true);
    else facts.clear();
    const second = facts.get('key', after.load);
    before.bring('old');
    expect([await first, facts.held('key')]).toEqual(['old', undefined]);
    after.bring('new');
    expect([await second, facts.held('key')]).toEqual(['new', 'new']);
  });

  it('CCH-14 while another key was dropped is kept', async () => {
    const { facts, slow } = open();
    const { load, bring } = slow();
    const answer = facts.get('key', load);
    facts.drop('another');
    bring('there');
    await answer;
    expect(facts.held('key')).toBe('there');
  });

  it.each([
    ['began', false, true],
    ['ended', true, false],
  ])('CCH-06 is not kept where nobody told of changes when it %s', async (_, atFirst, atLast) => {
    const { facts, slow, setCoherent } = open();
    const { load, bring } = slow();
    setCoherent(atFirst);
    const answer = facts.get('key', load);
    setCoherent(atLast);
    bring('there');
    expect(await answer).toBe('there');
    setCoherent(true);
    expect(facts.held('key')).toBeUndefined();
  });

  it('CCH-06 what is held is not served while nobody tells of changes, and neither is that there is nothing', async () => {
    const { facts, load, loads, setCoherent } = open();
    await facts.get('there', load({}));
    await facts.get('nothing', load(undefined));
    setCoherent(false);
    expect(facts.held('there')).toBeUndefined();
    expect(await facts.get('there', load({ value: 'new' }))).toBe('new');
    expect(await facts.get('nothing', load({ value: 'new' }))).toBe('new');
    expect(loads()).toBe(4);
  });
});

describe('CCH-11 what is made up', () => {
  it('CCH-11 fills only so much, and pushes nothing out that is there', async () => {
    const { facts, load, loads } = open({ maxEntries: 50 });
    const good = Array.from({ length: 50 }, (_, index) => `good-${index}`);
    for (const key of good) await facts.get(key, load({}));
    for (let made = 0; made < 50_000; made += 1) await facts.get(`made-up-${made}`, load(undefined));
    expect(facts.figures().entries).toBeLessThanOrEqual(50 + 10_000);
    expect(facts.figures().bytes).toBeLessThan(5_000_000);
    const before = loads();
    for (const key of good) expect(await facts.get(key, load(undefined))).toBe('there');
    expect(loads()).toBe(before);
  });
});
