import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/decision/decide.ts';
import { loginOf } from '../../src/proxy/browser.ts';
import { attemptsIn, causeOf, MAX_ATTEMPTS, pageOf, withAttempt } from '../../src/proxy/login-loop.ts';
import { deniedOf, NOW } from '../support/browsers.ts';
import { sessionOf } from '../support/sessions.ts';

const session = sessionOf();
type Unauthenticated = Extract<Decision, { outcome: 'challenge' | 'reauthenticate' }>;

const CAUSES: readonly (readonly [Unauthenticated, string])[] = [
  [{ outcome: 'challenge', reason: 'no_credential' }, 'sent no cookie named __Host-s'],
  [{ outcome: 'challenge', reason: 'foreign', source: 'cookie' }, 'is no session here'],
  [{ outcome: 'challenge', reason: 'unknown', source: 'cookie' }, 'is no session here'],
  [{ outcome: 'challenge', reason: 'cookie_domain', source: 'cookie' }, 'is no session here'],
  [{ outcome: 'challenge', reason: 'expired', source: 'cookie' }, 'clocks'],
  [{ outcome: 'challenge', reason: 'idle', source: 'cookie' }, 'clocks'],
  [{ outcome: 'reauthenticate', reason: 'authentication_age', session }, 'authenticatedAt'],
  [{ outcome: 'reauthenticate', reason: 'authentication_method', session }, 'amr'],
];

/** As the browser comes back, `after` seconds later, with the query that it was given. */
function roundsFrom(first: string, after = 1): readonly string[] {
  const queries: string[] = [];
  let [query, now] = [first, NOW];
  for (let attempts = attemptsIn(query, now); attempts < MAX_ATTEMPTS; attempts = attemptsIn(query, now)) {
    query = withAttempt(query, attempts + 1, now);
    queries.push(query);
    if (queries.length > 10) break;
    now += after;
  }
  return queries;
}

const parameter = fc.oneof(
  fc.constantFrom('', 'a=b', 'a', '=', 'postern-attempts=1', 'postern%2Dattempt=3', 'Postern-Attempt=2'),
  fc.string({ unit: fc.constantFrom(...'abc=%?/+;!') }),
);
const PLANTED = [
  'postern-attempt',
  'postern-attempt=',
  'postern-attempt=x',
  'postern-attempt=0',
  'postern-attempt=99',
  `postern-attempt=99.${NOW}`,
  `postern-attempt=4.${NOW}`,
  `postern-attempt=-1.${NOW}`,
  `postern-attempt=03.${NOW}`,
  `postern-attempt=3.${NOW}x`,
  'postern-attempt=3.',
  `postern-attempt=3.${NOW - 300}`,
  `postern-attempt=3.${NOW + 300}`,
  'postern-attempt=3.999999999999999999',
];

describe('the count of logins in an address', () => {
  it('RD-08 begins with one, and three rounds end', () => {
    expect(roundsFrom('')).toEqual([1, 2, 3].map((count) => `?postern-attempt=${count}.${NOW + count - 1}`));
  });

  it('RD-08 ends after three rounds whatever the query was, and keeps the rest of it byte for byte', () => {
    fc.assert(
      fc.property(
        fc.array(parameter, { minLength: 1 }),
        fc.array(fc.constantFrom(...PLANTED), { maxLength: 3 }),
        (rest, more) => {
          const rounds = roundsFrom(`?${[...rest, ...more].join('&')}`);
          expect(rounds).toHaveLength(3);
          for (const [index, query] of rounds.entries()) {
            expect(query).toBe(`?${[...rest, `postern-attempt=${index + 1}.${NOW + index}`].join('&')}`);
          }
        },
      ),
    );
  });

  it('RD-08 goes on where it was, whatever stands around it', () => {
    const sent = `postern-attempt=2.${NOW - 5}`;
    expect(withAttempt(`?a=1&${sent}&b=%20`, 3, NOW)).toBe(`?a=1&b=%20&postern-attempt=3.${NOW}`);
    for (const query of [`?${sent}`, `?a=1&${sent}`, `?${sent}&b`, `?&${sent}&`]) {
      expect(attemptsIn(query, NOW)).toBe(2);
    }
  });

  it.each(PLANTED)('RD-08 is none where we cannot have written it: %s', (count) => {
    expect(attemptsIn(`?${count}`, NOW)).toBe(0);
  });

  it('RD-08 is none where it stands there twice', () => {
    expect(attemptsIn(`?postern-attempt=3.${NOW}&postern-attempt=3.${NOW}`, NOW)).toBe(0);
  });

  it('RD-08 of an address that was kept, or left open until the session ended, begins anew', () => {
    const kept = `?postern-attempt=3.${NOW}`;
    expect(attemptsIn(kept, NOW + 299)).toBe(3);
    expect(attemptsIn(kept, NOW + 300)).toBe(0);
  });
});

describe('a login that changes nothing', () => {
  it.each(CAUSES)('RD-08 %j is told why, and not sent there again', (decision, words) => {
    const { asked } = deniedOf();
    if (typeof asked.target !== 'object') throw new Error('there is no target');
    const target = { ...asked.target, query: `?postern-attempt=3.${NOW - 1}` };
    const login = loginOf(deniedOf({ decision, asked: { ...asked, target }, cookieName: '__Host-s' }));
    expect(login).toEqual({ loopCause: expect.stringContaining(words) });
  });

  it.each(CAUSES)('RD-08 %j is said in what a quoted string can hold', (decision) => {
    const cause = causeOf(decision, 'session');
    expect(cause).toMatch(/^[ !#-[\]-~]+$/);
    expect(pageOf(cause)).toContain(cause);
  });
});
