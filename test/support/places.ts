import fc from 'fast-check';
import type { Place } from '../../src/decision/place.ts';
import type { Sought } from '../../src/decision/rules.ts';

const METHODS = ['GET', 'POST', 'PUT'] as const;
const LABELS = ['a', 'app'] as const;
const SEGMENTS = ['a', 'b'] as const;

const label = fc.constantFrom(...LABELS);
const name = fc.array(label, { minLength: 1, maxLength: 2 }).map((labels) => labels.join('.'));
const segment = fc.constantFrom(...SEGMENTS, '*', '*');
const pattern = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('', '', '/', '/**'))
  .map(([segments, end]) => `/${segments.join('/')}${end}`.replace('//', '/'));

/** Few words, so that rules often meet. */
export const anyPlace: fc.Arbitrary<Place> = fc.record({
  methods: fc.option(fc.subarray([...METHODS], { minLength: 1 }), { nil: undefined, freq: 2 }),
  host: fc.option(
    fc.oneof(
      name,
      name.map((parent) => `*.${parent}`),
    ),
    { nil: undefined, freq: 2 },
  ),
  path: pattern,
});

const host = fc
  .array(fc.constantFrom(...LABELS, 'other'), { minLength: 1, maxLength: 3 })
  .map((labels) => labels.join('.'));

/** With words that no rule names, and asterisks, which are segments too. */
export const anySought: fc.Arbitrary<Sought> = fc.record({
  method: fc.constantFrom(...METHODS, 'DELETE'),
  host,
  path: fc
    .tuple(fc.array(fc.constantFrom(...SEGMENTS, 'other', '*', '**'), { maxLength: 5 }), fc.boolean())
    .map(([segments, slash]) => `/${segments.join('/')}${slash && segments.length > 0 ? '/' : ''}`),
});

/** What a rule takes, read off its words one by one: the slow way to say what the tree says. */
export function fits({ methods, host: name, path }: Place, sought: Sought): boolean {
  const isMethod = methods === undefined || methods.includes(sought.method);
  const isHost = name === undefined || isAlike(name.split('.'), sought.host.split('.'));
  return isMethod && isHost && isAlike(wordsOf(path), wordsOf(sought.path));
}

function wordsOf(path: string): string[] {
  return path.split('/').filter((word) => word !== '');
}

function isAlike([first, ...pattern]: readonly string[], [word, ...words]: readonly string[]): boolean {
  if (first === '**' && pattern.length === 0) return true;
  if (first === undefined || word === undefined) return first === word;
  return (first === '*' || first === word) && isAlike(pattern, words);
}
