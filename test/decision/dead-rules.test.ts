import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDeadRules } from '../../src/decision/dead-rules.ts';
import type { Place } from '../../src/decision/place.ts';
import type { Sought } from '../../src/decision/rules.ts';
import { anyPlace, fits } from '../support/places.ts';
import { stepsOf } from '../support/steps.ts';

const SEGMENTS = ['a', 'b', 'new'];
const LABELS = ['a', 'app', 'new'];

/** Every target that rules of `anyPlace` can tell apart, each with a word besides that no rule has. */
const HOSTS = wordsUpTo(3, LABELS).filter((labels) => labels.length > 0);
const PATHS = wordsUpTo(4, SEGMENTS);
const METHODS = ['GET', 'POST', 'PUT', 'NEW'];

function wordsUpTo(length: number, words: readonly string[]): string[][] {
  if (length === 0) return [[]];
  const shorter = wordsUpTo(length - 1, words);
  const longest = shorter.filter((list) => list.length === length - 1);
  return [...shorter, ...longest.flatMap((list) => words.map((word) => [...list, word]))];
}

/** All targets of a place, told apart by each of their parts: what fits by each part fits. */
function targetsOf(place: Place): Sought[] {
  const origin = { method: 'NEW', host: 'new', path: '/' };
  const methods = METHODS.filter((method) =>
    fits({ path: '/**', methods: place.methods }, { ...origin, method }),
  );
  const hosts = HOSTS.map((labels) => labels.join('.')).filter((host) =>
    fits({ path: '/**', host: place.host }, { ...origin, host }),
  );
  const paths = PATHS.map((words) => `/${words.join('/')}`).filter((path) =>
    fits({ path: place.path }, { ...origin, path }),
  );
  return methods.flatMap((method) => hosts.flatMap((host) => paths.map((path) => ({ method, host, path }))));
}

describe('a rule that never applies', () => {
  const by = (earlier: Place, later: Place) => findDeadRules([earlier, later])[0]?.by;

  it.each<[Place, Place]>([
    [{ path: '/**' }, { path: '/a' }],
    [{ path: '/**' }, { path: '/*/b/**' }],
    [{ path: '/a/**' }, { path: '/a' }],
    [{ path: '/a/**' }, { path: '/a/*' }],
    [{ path: '/*' }, { path: '/a' }],
    [{ path: '/*/**' }, { path: '/a/**' }],
    [{ path: '/a' }, { path: '/a', host: 'app' }],
    [{ path: '/a' }, { path: '/a', methods: ['GET'] }],
    [
      { path: '/a', host: '*.app' },
      { path: '/a', host: 'a.app' },
    ],
    [
      { path: '/a', methods: ['GET', 'PUT'] },
      { path: '/a', methods: ['PUT'] },
    ],
  ])('is one after %j: %j', (earlier, later) => {
    expect(findDeadRules([earlier, later])).toEqual([{ index: 1, by: 0, duplicate: false }]);
  });

  it.each<[Place, Place]>([
    [{ path: '/a' }, { path: '/**' }],
    [{ path: '/a' }, { path: '/*' }],
    [{ path: '/*' }, { path: '/**' }],
    [{ path: '/*' }, { path: '/' }],
    [{ path: '/*/**' }, { path: '/**' }],
    [{ path: '/a/*' }, { path: '/a/**' }],
    [{ path: '/a/**' }, { path: '/*' }],
    [{ path: '/a', host: 'app' }, { path: '/a' }],
    [
      { path: '/a', host: 'a.app' },
      { path: '/a', host: '*.app' },
    ],
    [
      { path: '/a', host: '*.app' },
      { path: '/a', host: 'app' },
    ],
    [{ path: '/a', methods: ['GET'] }, { path: '/a' }],
    [
      { path: '/a', methods: ['GET'] },
      { path: '/a', methods: ['GET', 'PUT'] },
    ],
  ])('is not one after %j: %j', (earlier, later) => {
    expect(by(earlier, later)).toBeUndefined();
  });

  it('can be taken method by method, until the last is', () => {
    const places = [
      { methods: ['GET'], path: '/**' },
      { methods: ['PUT', 'GET'], path: '/a' },
      { methods: ['GET', 'PUT'], path: '/a', host: 'app' },
    ];
    expect(findDeadRules(places)).toEqual([{ index: 2, by: 1, duplicate: false }]);
  });

  it('is a duplicate of the first that is alike, however it is written', () => {
    const places = [
      { path: '/**' },
      { methods: ['GET', 'PUT'], path: '/a', host: 'app' },
      { methods: ['PUT', 'GET', 'PUT'], path: '/a/', host: 'app' },
      { path: '/**/' },
    ];
    expect(findDeadRules(places)).toEqual([
      { index: 1, by: 0, duplicate: false },
      { index: 2, by: 1, duplicate: true },
      { index: 3, by: 0, duplicate: true },
    ]);
  });
});

describe('among any rules', () => {
  it('the first of no target is one that never applies', () => {
    let dead = 0;
    fc.assert(
      fc.property(fc.array(anyPlace, { maxLength: 30, size: 'max' }), (places) => {
        for (const { index, by } of findDeadRules(places)) {
          const place = places[index] ?? { path: '' };
          const earlier = places.slice(0, by + 1);
          dead += 1;
          expect(by).toBeLessThan(index);
          expect(targetsOf(place).filter((sought) => !earlier.some((rule) => fits(rule, sought)))).toEqual(
            [],
          );
        }
      }),
      { numRuns: 60 },
    );
    expect(dead).toBeGreaterThan(20);
  });

  it('one that an earlier one takes alone is always noticed', () => {
    let covered = 0;
    fc.assert(
      fc.property(anyPlace, anyPlace, (earlier, later) => {
        const isCovered = targetsOf(later).every((sought) => fits(earlier, sought));
        if (isCovered) covered += 1;
        expect(findDeadRules([earlier, later])).toHaveLength(isCovered ? 1 : 0);
      }),
      { numRuns: 500 },
    );
    expect(covered).toBeGreaterThan(5);
  });

  it('ten times as many take ten times the steps: they are not compared in pairs', async () => {
    const placesOf = (length: number) =>
      Array.from({ length }, (_, n) => ({ methods: ['GET'], path: `/a/*/b-${n}/**` }));
    const [few, many] = [placesOf(100), placesOf(1_000)];
    const steps = await stepsOf(() => findDeadRules(few));
    expect(steps).toBeGreaterThan(100);
    // In pairs it would be a hundred times: the runtime's count itself is not exact, since it compiles meanwhile.
    expect(await stepsOf(() => findDeadRules(many))).toBeLessThan(20 * steps);
  });

  it('one of ten thousand is found', () => {
    const places = Array.from({ length: 10_000 }, (_, n) => ({ path: `/a/*/b-${n}/**` }));
    expect(findDeadRules(places)).toEqual([]);
    expect(findDeadRules([...places, { path: '/a/b/b-777/c' }])).toEqual([
      { index: 10_000, by: 777, duplicate: false },
    ]);
  });
});
