import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Place } from '../../src/decision/place.ts';
import { createFindRule, type Sought } from '../../src/decision/rules.ts';
import { anyPlace, anySought, fits } from '../support/places.ts';
import { stepsOf } from '../support/steps.ts';

const places = fc.array(anyPlace, { maxLength: 40, size: 'max' });

describe('whatever the rules are', () => {
  it('the tree finds what reading them one by one finds', () => {
    let [found, none] = [0, 0];
    fc.assert(
      fc.property(places, fc.array(anySought, { minLength: 20, maxLength: 20 }), (list, targets) => {
        const find = createFindRule(list.map((place, index) => [place, `rule ${index}`]));
        for (const sought of targets) {
          const index = list.findIndex((place) => fits(place, sought));
          if (index === -1) none += 1;
          else found += 1;
          const expected = index === -1 ? undefined : { index, rule: `rule ${index}`, isAmbiguous: false };
          expect(find(sought)).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(1_000);
    expect(none).toBeGreaterThan(100);
  });

  it('PATH-16 is ambiguous where the other reading of the path has another rule, or none', () => {
    fc.assert(
      fc.property(places, anySought, anySought, (list, sought, other) => {
        const find = createFindRule(list.map((place) => [place, place]));
        const found = find({ ...sought, otherPath: other.path });
        const differs = find(sought)?.index !== find({ ...sought, path: other.path })?.index;
        expect(found).toEqual(found && { ...find(sought), isAmbiguous: differs });
      }),
      { numRuns: 500 },
    );
  });
});

describe('ten thousand rules', () => {
  it.each([
    ['one that is told by its path', (n: number): Place => ({ path: `/service-${n}/**` })],
    ['one that is told by its last segment', (n: number): Place => ({ path: `/a/*/service-${n}` })],
    [
      'one that is told by its host',
      (n: number): Place => ({ host: `service-${n}.example.com`, path: '/**' }),
    ],
    [
      'one that is told by its parent host',
      (n: number): Place => ({ host: `*.service-${n}.com`, path: '/**' }),
    ],
    ['one that is told by its method', (n: number): Place => ({ methods: [methodOf(n)], path: '/**' })],
    ['none', (n: number): Place => ({ path: `/other-${n}` })],
  ])('take no more steps than ten to find %s', async (_, placeOf) => {
    const rulesOf = (length: number) => Array.from({ length }, (_, n) => [placeOf(n), n] as const);
    const sought = { method: methodOf(7), host: soughtHost(placeOf(7)), path: soughtPath(placeOf(7)) };
    const few = await stepsToFind(rulesOf(10), sought);
    expect(few).toBeGreaterThan(0);
    expect(await stepsToFind(rulesOf(10_000), sought)).toBe(few);
  });

  it('the steps are counted: a longer path takes more of them', async () => {
    const steps = (path: string) =>
      stepsToFind([[{ path: '/*/*/*/*' }, 1]], { method: 'GET', host: 'app', path });
    expect(await steps('/a/b/c/d')).toBeGreaterThan(await steps('/a'));
  });
});

/** Ten thousand different ones. */
function methodOf(n: number): string {
  return [...String(n)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('');
}

function soughtHost({ host = 'app.example.com' }: Place): string {
  return host.replace('*', 'app');
}

function soughtPath({ path }: Place): string {
  return path.startsWith('/other') ? '/service' : path.replace('**', 'b').replace('*', 'b');
}

function stepsToFind(rules: readonly (readonly [Place, number])[], sought: Sought): Promise<number> {
  const find = createFindRule(rules);
  return stepsOf(() => find(sought));
}
