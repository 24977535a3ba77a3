import { expect, it } from 'vitest';
import { createFacts, type Fact } from '../../../src/store/near/facts.ts';

/** What is held, and a clock that is set while the time goes on. */
function open() {
  let [time, ahead] = [50_000, 0];
  const facts = createFacts<string, undefined>({
    bounds: { maxEntries: 100, maxBytes: 100_000 },
    ttlSeconds: 60,
    isCoherent: () => true,
    clock: () => time / 1000 + ahead,
    now: () => time,
  });
  return {
    facts,
    end: (seconds: number) => time / 1000 + ahead + seconds,
    wait: (seconds: number) => {
      time += seconds * 1000;
    },
    setClock: (seconds: number) => {
      ahead += seconds;
    },
  };
}

type Open = ReturnType<typeof open>;

const FACTS: readonly [string, number, (opened: Open) => Partial<Fact<string>>][] = [
  ['what the store leaves it', 10, () => ({ lifeSeconds: 10 })],
  ["the row's own end", 10, ({ end }) => ({ until: end(10) })],
  ['the longest that anything is held', 60, () => ({})],
];

it.each(FACTS.flatMap((fact) => [-3600, 3600].map((seconds) => [...fact, seconds] as const)))(
  'CCH-04 RDS-30 what is held is held until %s, %i s later, whatever the clock is set to',
  async (_, life, fact, seconds) => {
    const opened = open();
    const { facts, wait, setClock } = opened;
    const more = fact(opened);
    await facts.get('key', async () => ({
      value: 'there',
      bytes: 1,
      until: Number.POSITIVE_INFINITY,
      ...more,
    }));
    wait(life / 2);
    setClock(seconds);
    expect(facts.held('key')).toBe('there');
    wait(life / 2 - 0.001);
    expect(facts.held('key')).toBe('there');
    wait(0.001);
    expect(facts.held('key')).toBeUndefined();
  },
);

it.each([-3600, 3600])(
  'RDS-30 that there is nothing is held for 5 s, though the clock goes by %i s',
  async (seconds) => {
    const { facts, wait, setClock } = open();
    let reads = 0;
    const read = () =>
      facts.get('key', async () => {
        reads += 1;
        return undefined;
      });
    await read();
    setClock(seconds);
    wait(4.999);
    await read();
    expect(reads).toBe(1);
    wait(0.001);
    await read();
    expect(reads).toBe(2);
  },
);

it('CCH-14 a read that was held up for a second, as with the whole process, is shared with nobody who asks after it', async () => {
  const { facts, end, wait } = open();
  const old = Promise.withResolvers<Fact<string>>();
  const before = facts.get('key', () => old.promise);
  wait(0.999);
  const joined = facts.get('key', () => Promise.reject(new Error('it is being read')));
  wait(0.001);
  const after = facts.get('key', async () => ({ value: 'new', bytes: 1, until: end(60) }));
  old.resolve({ value: 'old', bytes: 1, until: end(60) });
  expect([await before, await joined, await after, facts.held('key')]).toEqual(['old', 'old', 'new', 'new']);
});
