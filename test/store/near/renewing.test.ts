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
  const renewed = facts.renew('key', 50_000, second.load);
  expect(facts.held('key')).toBe('old');
  second.bring('new');
  expect([await renewed, facts.held('key')]).toEqual(['new', 'new']);
});

it('CCH-14 what is renewed neither shares a read that began before, nor is overwritten by it', async () => {
  const { facts, slow } = open();
  const [first, second] = [slow(), slow()];
  const before = facts.get('key', first.load);
  const renewed = facts.renew('key', 50_000, second.load);
  second.bring('new');
  expect(await renewed).toBe('new');
  first.bring('old');
  expect([await before, facts.held('key')]).toEqual(['old', 'new']);
});

it('CCH-14 of two who renew, each gets what was read after it asked, though old is held and the one read follows the other', async () => {
  const { facts, slow } = open();
  const [old, first, second] = [slow(), slow(), slow()];
  old.bring('old');
  await facts.get('key', old.load);
  const renewed = [facts.renew('key', 50_000, first.load), facts.renew('key', 50_000, second.load)];
  first.bring('new');
  expect([await renewed[0], facts.held('key')]).toEqual(['new', 'old']);
  second.bring('newer');
  expect([await renewed[1], facts.held('key')]).toEqual(['newer', 'newer']);
});

it('CCH-14 who renews shares a read that began after what it is renewed for', async () => {
  const { facts, slow } = open();
  const first = slow();
  const renewed = [facts.renew('key', 50_000, first.load), facts.renew('key', 49_999, slow().load)];
  first.bring('new');
  expect(await Promise.all(renewed)).toEqual(['new', 'new']);
});
