import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Credential } from '../../src/decision/credential.ts';
import { decide } from '../../src/decision/decide.ts';
import type { Requirements } from '../../src/decision/policy.ts';
import type { Selected } from '../../src/decision/select.ts';
import type { Session } from '../../src/decision/session.ts';
import { touchIsDue } from '../../src/decision/session.ts';
import { requirementsOf } from '../support/policies.ts';
import { sessionOf } from '../support/sessions.ts';

const NOW = 1_000_000;
const session = sessionOf({
  authenticatedAt: NOW - 100,
  createdAt: NOW - 100,
  lastSeenAt: NOW - 50,
  expiresAt: NOW + 1_000,
  idleSeconds: 600,
});
const selectedOf = (requirements: Partial<Requirements> = {}, changes: Partial<Selected> = {}): Selected => ({
  tenant: 'default',
  requirements: requirementsOf(requirements),
  isAmbiguous: false,
  host: undefined,
  ...changes,
});
const present = (source: 'bearer' | 'cookie', { id }: Session = session): Credential => ({
  kind: 'token',
  source,
  id,
});

const outcome = (changes: Partial<Session>, policy: Partial<Requirements> = {}, now = NOW) => {
  const changed = { ...session, ...changes };
  const { outcome, reason } = decide(present('cookie', changed), changed, selectedOf(policy), now);
  return `${outcome}: ${reason}`;
};

describe('a live session', () => {
  it('is allowed where the policy asks for nothing more', () => {
    expect(decide(present('cookie'), session, selectedOf(), NOW)).toEqual({
      outcome: 'allow',
      reason: 'session',
      session,
    });
  });

  it('lives until its second, and not in it', () => {
    expect(outcome({ expiresAt: NOW + 1 })).toBe('allow: session');
    expect(outcome({ expiresAt: NOW + 0.001 })).toBe('allow: session');
    expect(outcome({ expiresAt: NOW })).toBe('challenge: expired');
  });

  it('may go unused for its idle time, and not longer; 0 is for ever', () => {
    expect(outcome({ lastSeenAt: NOW - 599 })).toBe('allow: session');
    expect(outcome({ lastSeenAt: NOW - 600 })).toBe('challenge: idle');
    expect(outcome({ lastSeenAt: 0, idleSeconds: 0 })).toBe('allow: session');
  });

  it('SES-10 is not kept from its absolute end by being used', () => {
    expect(outcome({ expiresAt: NOW - 1, lastSeenAt: NOW })).toBe('challenge: expired');
  });

  it('of another tenant is a challenge', () => {
    expect(outcome({ tenant: 'other' })).toBe('challenge: unknown');
  });

  it('that is not the one that was asked for is a challenge', () => {
    expect(decide(present('cookie', sessionOf()), session, selectedOf(), NOW).outcome).toBe('challenge');
  });
});

describe('the requirements of a policy', () => {
  it.each<[string, Partial<Session>, Partial<Requirements>]>([
    ['allow: session', {}, { subjectType: 'user' }],
    ['forbid: subject_type', {}, { subjectType: 'client' }],
    ['allow: session', { audience: ['https://a', 'https://b'] }, { audience: 'https://b' }],
    ['forbid: audience', { audience: ['https://a/'] }, { audience: 'https://a' }],
    ['forbid: audience', {}, { audience: 'https://a' }],
    ['allow: session', { scope: ['a', 'b', 'c'] }, { scope: ['a', 'c'] }],
    ['forbid: scope', { scope: ['a', 'b'] }, { scope: ['a', 'c'] }],
    ['allow: session', { scope: ['a', 'b'] }, { anyScope: ['c', 'b'] }],
    ['forbid: scope', { scope: ['a', 'b'] }, { anyScope: ['c', 'd'] }],
    ['forbid: scope', { scope: ['a', 'b'] }, { scope: ['c'], anyScope: ['a'] }],
    ['allow: session', { roles: ['b'] }, { roles: ['a', 'b'] }],
    ['forbid: role', { roles: ['c'] }, { roles: ['a', 'b'] }],
    ['forbid: role', { roles: ['A'] }, { roles: ['a'] }],
    ['allow: session', {}, { subjects: ['bob', 'ada'] }],
    ['forbid: subject', {}, { subjects: ['bob'] }],
    ['allow: session', { clientId: 'c1' }, { clientIds: ['c0', 'c1'] }],
    ['forbid: client', { clientId: 'c1' }, { clientIds: ['c0'] }],
    ['forbid: client', {}, { clientIds: ['c0'] }],
    ['allow: session', { amr: ['pwd', 'otp', 'mfa'] }, { amr: ['otp', 'pwd'] }],
    ['reauthenticate: authentication_method', { amr: ['pwd'] }, { amr: ['otp', 'pwd'] }],
    ['forbid: role', {}, { roles: ['admin'], amr: ['otp'] }],
    ['allow: session', {}, { maxAuthAgeSeconds: 100 }],
    ['reauthenticate: authentication_age', {}, { maxAuthAgeSeconds: 99 }],
    ['forbid: role', {}, { roles: ['admin'], maxAuthAgeSeconds: 1 }],
  ])('%s, for a session with %j where %j is asked', (expected, changes, policy) => {
    expect(outcome(changes, policy)).toBe(expected);
  });
});

describe('a request that another server could read otherwise', () => {
  it('PATH-05 PATH-16 is not allowed, and stays denied as it was', () => {
    const selected = { isAmbiguous: true };
    const ask = (credential: Credential, requirements: Partial<Requirements> = {}) =>
      decide(credential, session, selectedOf(requirements, selected), NOW);
    const ambiguous = { outcome: 'malformed-request', reason: 'request_ambiguous' };
    expect(ask(present('cookie'))).toEqual(ambiguous);
    expect(ask({ kind: 'none' }, { anonymous: true })).toEqual(ambiguous);
    expect(ask({ kind: 'none' }).outcome).toBe('challenge');
    expect(ask(present('cookie'), { roles: ['admin'] }).outcome).toBe('forbid');
  });
});

describe('an anonymous policy', () => {
  const open = selectedOf({ anonymous: true });
  const ask = (credential: Credential, found?: Session, now = NOW) => decide(credential, found, open, now);

  it('lets pass who presents nothing, or a cookie that is dead', () => {
    const anonymous = { outcome: 'allow', reason: 'anonymous' };
    const deadAs = (dead: string) => ({ ...anonymous, dead });
    expect(ask({ kind: 'none' })).toEqual(anonymous);
    expect(ask({ kind: 'foreign', source: 'cookie' })).toEqual(deadAs('foreign'));
    expect(ask(present('cookie'))).toEqual(deadAs('unknown'));
    expect(ask(present('cookie'), session, NOW + 5_000)).toEqual(deadAs('expired'));
  });

  it('challenges a dead Bearer token', () => {
    expect(ask({ kind: 'foreign', source: 'bearer' }).outcome).toBe('challenge');
    expect(ask(present('bearer')).outcome).toBe('challenge');
    expect(ask(present('bearer'), session, NOW + 5_000).outcome).toBe('challenge');
  });

  it('carries the identity of a live session, and refuses what is malformed', () => {
    expect(ask(present('bearer'), session)).toMatchObject({ outcome: 'allow', session });
    expect(ask({ kind: 'malformed', malformation: 'bearer_syntax' }).outcome).toBe('malformed-credential');
  });
});

describe('whatever the facts', () => {
  const names = fc.array(fc.constantFrom('a', 'b', 'c'));
  const sessions = fc.record({
    scope: names,
    roles: names,
    audience: names,
    expiresAt: fc.integer({ min: NOW - 2, max: NOW + 2 }),
    lastSeenAt: fc.integer({ min: NOW - 602, max: NOW }),
    tenant: fc.constantFrom('default', 'other'),
  });
  const policies = fc.record({ scope: names, anyScope: names, roles: names, anonymous: fc.boolean() });
  const credentials = fc.constantFrom<Credential>(
    { kind: 'none' },
    { kind: 'foreign', source: 'cookie' },
    { kind: 'malformed', malformation: 'several_session_cookies' },
    present('cookie'),
    present('bearer'),
  );

  it('nobody is allowed without a live session of the tenant, save where anonymous may pass', () => {
    fc.assert(
      fc.property(
        credentials,
        fc.option(sessions, { nil: undefined }),
        policies,
        (credential, changes, policy) => {
          const found = changes && { ...session, ...changes };
          const decision = decide(credential, found, selectedOf(policy), NOW);
          if (decision.outcome !== 'allow') return;
          if (decision.reason === 'anonymous') {
            expect(policy.anonymous).toBe(true);
            return;
          }
          expect(credential.kind).toBe('token');
          if (decision.reason !== 'session') throw new Error('no request was asked about');
          expect(decision.session.expiresAt).toBeGreaterThan(NOW);
          expect(decision.session.tenant).toBe('default');
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('asking for more never allows what asking for less denied', () => {
    fc.assert(
      fc.property(sessions, names, names, (changes, less, more) => {
        const found = { ...session, ...changes };
        const ask = (scope: string[]) => decide(present('cookie'), found, selectedOf({ scope }), NOW).outcome;
        if (ask(less) !== 'allow') expect(ask([...less, ...more])).not.toBe('allow');
      }),
    );
  });
});

describe('a touch', () => {
  it.each([
    [3_600, 359, false],
    [3_600, 360, true],
    [300, 59, false],
    [300, 60, true],
    [60, 29, false],
    [60, 30, true],
    [0, 1_000_000, false],
  ])('SES-10 with %i s of idle time is due %i s after the last: %s', (idleSeconds, passed, due) => {
    expect(touchIsDue({ ...session, idleSeconds, lastSeenAt: NOW }, NOW + passed)).toBe(due);
  });
});
