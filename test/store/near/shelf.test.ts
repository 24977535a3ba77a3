import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createShelf } from '../../../src/store/near/shelf.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      put: key,
      bytes: fc.integer({ min: 1, max: 12 }),
      life: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ get: key }) },
  { weight: 2, arbitrary: fc.record({ remove: key }) },
  { weight: 1, arbitrary: fc.constantFrom({ isOdd: true }, { isOdd: false }) },
  { weight: 1, arbitrary: fc.constant({ all: true }) },
);

it('CCH-11 whatever is put, asked for and removed, it holds no more than it may, and gives what was put last', () => {
  let [given, evicted] = [0, 0];
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80, size: 'max' }), (acts) => {
      const shelf = createShelf<number>({ maxEntries: 3, maxBytes: 20 });
      const model = new Map<string, { value: number; bytes: number; until: number }>();
      for (const [now, one] of acts.entries()) {
        if ('put' in one) {
          shelf.put(one.put, now, one.bytes, now + one.life);
          model.set(one.put, { value: now, bytes: one.bytes, until: now + one.life });
        } else if ('get' in one) {
          const value = shelf.get(one.get, now);
          const entry = model.get(one.get);
          if (value !== undefined) expect(entry).toMatchObject({ value });
          if (value !== undefined) expect(now).toBeLessThan(entry?.until ?? 0);
          if (value !== undefined) given += 1;
          else if (entry !== undefined && now < entry.until) evicted += 1;
        } else if ('remove' in one) {
          shelf.delete(one.remove);
          model.delete(one.remove);
        } else if ('isOdd' in one) {
          shelf.deleteWhere((value) => (value % 2 === 1) === one.isOdd);
          for (const [name, { value }] of model) if ((value % 2 === 1) === one.isOdd) model.delete(name);
        } else {
          shelf.clear();
          model.clear();
          expect(shelf.size()).toEqual({ entries: 0, bytes: 0 });
        }
        const { entries, bytes } = shelf.size();
        expect(entries).toBeLessThanOrEqual(3);
        expect(bytes).toBeLessThanOrEqual(20);
        expect(bytes === 0).toBe(entries === 0);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(given).toBeGreaterThan(1_000);
  expect(evicted).toBeGreaterThan(100);
});

it('holds all that fits, and its weights come and go with it', () => {
  const shelf = createShelf<number>({ maxEntries: 100, maxBytes: 1_000 });
  for (let value = 0; value < 100; value += 1) shelf.put(`key-${value}`, value, 10, 9);
  expect(shelf.size()).toEqual({ entries: 100, bytes: 1_000 });
  for (let value = 0; value < 100; value += 1) expect(shelf.get(`key-${value}`, 8)).toBe(value);
  shelf.put('key-0', 0, 4, 9);
  shelf.delete('key-1');
  expect(shelf.get('key-2', 9)).toBeUndefined();
  expect(shelf.size()).toEqual({ entries: 98, bytes: 974 });
});

it('what is heavier than the shelf is not held, and pushes nothing out; what it replaces is gone', () => {
  const shelf = createShelf<number>({ maxEntries: 3, maxBytes: 20 });
  shelf.put('light', 1, 20, 9);
  shelf.put('heavy', 2, 21, 9);
  expect([shelf.get('light', 0), shelf.get('heavy', 0)]).toEqual([1, undefined]);
  shelf.put('light', 3, 21, 9);
  expect([shelf.get('light', 0), shelf.size()]).toEqual([undefined, { entries: 0, bytes: 0 }]);
});

it('CCH-11 what is asked for stays while what is not comes and goes', () => {
  const shelf = createShelf<number>({ maxEntries: 10, maxBytes: 1_000 });
  for (let value = 0; value < 5; value += 1) shelf.put(`hot-${value}`, value, 10, 9_999);
  for (let round = 0; round < 1_000; round += 1) {
    for (let value = 0; value < 5; value += 1) expect(shelf.get(`hot-${value}`, round)).toBe(value);
    shelf.put(`cold-${round}`, round, 10, 9_999);
  }
  expect(shelf.size().entries).toBe(10);
});
