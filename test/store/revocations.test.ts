import { expect, it } from 'vitest';
import { createRevocations } from '../../src/store/revocations.ts';

const again = (name: string) => async () => name;

function setUp(limits: { seconds: number; entries: number }) {
  let now = 1_000;
  const { note, recent } = createRevocations(limits, () => now * 1000);
  return {
    note: (name: string) => note(name, again(name)),
    names: () => Promise.all(recent().map((one) => one())),
    advance: (seconds: number) => {
      now += seconds;
    },
  };
}

it('revocations are remembered for their time, and no longer', async () => {
  const { note, names, advance } = setUp({ seconds: 10, entries: 5 });
  note('one');
  advance(5);
  note('two');
  advance(4.9);
  expect(await names()).toEqual(['one', 'two']);
  advance(0.1);
  expect(await names()).toEqual(['two']);
  advance(5);
  expect(await names()).toEqual([]);
});

it('of too many revocations the oldest is forgotten', async () => {
  const { note, names } = setUp({ seconds: 10, entries: 2 });
  for (const name of ['one', 'two', 'three']) note(name);
  expect(await names()).toEqual(['two', 'three']);
});

it('a revocation that is repeated is remembered once, as of the last time', async () => {
  const { note, names, advance } = setUp({ seconds: 10, entries: 2 });
  note('one');
  note('two');
  advance(6);
  note('one');
  advance(6);
  expect(await names()).toEqual(['one']);
});
