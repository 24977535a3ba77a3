import { expect, it } from 'vitest';
import { createFacts, type Fact } from '../../../src/store/near/facts.ts';

function open() {
  const facts = createFacts<string>({
    bounds: { maxEntries: 100, maxBytes: 100_000 },
    ttlSeconds: 60,
    isCoherent: () => true,
    clock: () => 1_000,
    now: () => 50_000,
  });
  /** A read that the test ends. */
  const slow = () => {
    const { promise, resolve } = Promise.withResolvers<Fact<string>>();
    return { load: () => promise, bring: (value: string) => resolve({ value, bytes: 1, until: 9_999 }) };
  };
  return { facts, slow };
}

it('CCH-14 what is renewed is read anew, though it is held, and is held meanwhile', async () => {
  const { facts, slow } = open();
  const [first, second] = [slow(), slow()];
  first.bring('old');
  expect(await facts.get('key', first.load)).toBe('old');
  const renewed = facts.renew('key', second.load);
  expect(facts.held('key')).toBe('old');
  second.bring('new');
  expect([await renewed, facts.held('key')]).toEqual(['new', 'new']);
});

it('CCH-14 what is renewed neither shares a read that began before, nor is overwritten by it', async () => {
  const { facts, slow } = open();
  const [first, second] = [slow(), slow()];
  const before = facts.get('key', first.load);
  const renewed = facts.renew('key', second.load);
  second.bring('new');
  expect(await renewed).toBe('new');
  first.bring('old');
  expect([await before, facts.held('key')]).toEqual(['old', 'new']);
});
