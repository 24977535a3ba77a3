import { describe, expect, it } from 'vitest';
import { isMet } from '../../bench/case.ts';
import { slopeOf } from '../../bench/cases/memory.ts';
import { alternate } from '../../bench/measure/rounds.ts';
import { percentile, ratios, summarize } from '../../bench/measure/statistics.ts';
import { createRandom, createZipf } from '../../bench/measure/zipf.ts';

describe('the figures of rounds', () => {
  it('are told by their median and their spread, in whatever order they came', () => {
    expect(summarize([9, 1, 10])).toEqual({ median: 9, min: 1, max: 10 });
    expect(summarize([4, 1, 3, 100])).toEqual({ median: 3.5, min: 1, max: 100 });
  });

  it('are none where nothing was measured', () => {
    expect(() => summarize([])).toThrow('nothing was measured');
  });

  it('are compared round by round', () => {
    expect(ratios([10, 30], [20, 40])).toEqual([0.5, 0.75]);
    expect(() => ratios([10, 30], [20])).toThrow('a round lacks one of its sides');
  });

  it('come from sides that take turns', async () => {
    const order: string[] = [];
    const side = (name: string) => async () => order.push(name);
    expect(await alternate(2, { a: side('a'), b: side('b') })).toEqual({ a: [1, 3], b: [2, 4] });
    expect(order).toEqual(['a', 'b', 'a', 'b']);
  });

  it('meet a limit also where they are just it', () => {
    expect([isMet(0.85, { atLeast: 0.85 }), isMet(0.84, { atLeast: 0.85 })]).toEqual([true, false]);
    expect([isMet(10, { atMost: 10 }), isMet(10.1, { atMost: 10 })]).toEqual([true, false]);
  });
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is the smallest value that so many do not exceed', () => {
    expect([50, 99, 99.9, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 99, 100, 100]);
    expect(percentile([7], 1)).toBe(7);
  });
});

describe('the slope of the memory', () => {
  it('is of the last quarter to the second, and one sample does not make it', () => {
    const steady = [50, 90, 100, 100, 100, 500, 100, 100, 100, 100, 10, 100];
    expect(slopeOf(steady, 1).values).toEqual([1]);
    expect(slopeOf([...steady.slice(0, -3), 120, 120, 120], 1).values).toEqual([1.2]);
  });
});

describe('what is drawn by the law of Zipf', () => {
  it('comes up in proportion to 1/k', () => {
    const draw = createZipf(100, createRandom(7));
    const counts = Array.from({ length: 100 }, () => 0);
    const draws = 200_000;
    for (let count = 0; count < draws; count += 1) {
      const drawn = draw();
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    const all = counts.reduce((sum, _, index) => sum + 1 / (index + 1), 0);
    counts.forEach((count, index) => {
      const expected = draws / (index + 1) / all;
      // Five standard deviations, and the seed is the same in every run.
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    });
  });

  it('is the same for the same seed, and in every place of the list', () => {
    const many = (seed: number) => {
      const draw = createZipf(3, createRandom(seed));
      return Array.from({ length: 50 }, draw);
    };
    expect(many(1)).toEqual(many(1));
    expect(many(1)).not.toEqual(many(2));
    expect(new Set(many(1))).toEqual(new Set([0, 1, 2]));
  });
});
