import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../../src/decision/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createIdentityAssertions } from '../../../src/oauth/identity-assertion.ts';
import { deriveSecrets } from '../../../src/oauth/keys/sealing.ts';
import { createSigningKeys, type SigningKeys } from '../../../src/oauth/keys/signing-keys.ts';
import { describeTenant } from '../../../src/oauth/tenant.ts';
import { createApply } from '../../../src/registry/changes.ts';
import { createSnapshots } from '../../../src/registry/snapshots.ts';
import { UPSTREAM } from '../../support/asserted.ts';
import { decodeToken } from '../../support/issuer.ts';
import { SECRET_KEY } from '../../support/postern.ts';
import { sessionOf } from '../../support/sessions.ts';
import { openTestSqlite, type TestStore } from '../../support/stores.ts';

const MAX_KEPT = 3;

let test: TestStore;
let assert: (session: Session, audience: string) => Promise<string | undefined>;
let now: number;
/** Whether the key that signs is of no use for its algorithm. */
let unusable: boolean;
beforeAll(async () => {
  test = await openTestSqlite();
});
afterAll(() => test.close());

/** On a real store; its clock is the test's, and it keeps three. */
beforeEach(() => {
  now = Math.floor(systemClock());
  unusable = false;
  const { registries } = test.store;
  const snapshots = createSnapshots(registries, (_, registry) => registry);
  const apply = createApply(registries, snapshots);
  const secrets = deriveSecrets(new Secret(SECRET_KEY));
  const real = createSigningKeys({ snapshots, apply, secrets, rotationSeconds: 86_400 });
  const keys: SigningKeys = {
    ...real,
    signer: async (...asked) => ({ ...(await real.signer(...asked)), ...(unusable && { alg: 'RS256' }) }),
  };
  const options = {
    tokenProfile: 'rfc9068',
    strictScope: false,
    accessTokenTtl: 3_600,
    signingAlg: 'ES256',
    withoutResource: 'client',
  } as const;
  const tenants = new Map([['default', describeTenant('default', options, 'https://auth.example')]]);
  assert = createIdentityAssertions({ tenants, keys, snapshots, clock: () => now }, MAX_KEPT);
});

/** Of what was signed, which time it was: each has a `jti` of its own. */
async function jtiOf(session: Session, audience = UPSTREAM): Promise<string> {
  return decodeToken((await assert(session, audience)) ?? '').claims.jti;
}

describe('an assertion', () => {
  it('is signed once for all who ask at the same time', async () => {
    const session = sessionOf();
    const made = await Promise.all(Array.from({ length: 50 }, () => jtiOf(session)));
    expect(new Set(made).size).toBe(1);
  });

  it('is handed out again until 20 s are left of it, and then is another', async () => {
    const session = sessionOf();
    const first = await assert(session, UPSTREAM);
    now += 40;
    expect(await assert(session, UPSTREAM)).toBe(first);
    now += 1;
    const { claims } = decodeToken((await assert(session, UPSTREAM)) ?? '');
    expect([claims.iat, claims.exp]).toEqual([now, now + 60]);
  });

  it('is not signed anew where it could live no longer: the session ends with it', async () => {
    const session = sessionOf({ expiresAt: now + 50 });
    const first = await assert(session, UPSTREAM);
    now += 49;
    expect(await assert(session, UPSTREAM)).toBe(first);
  });

  it('is the same where only the last use of the session differs', async () => {
    const session = sessionOf();
    expect(await jtiOf({ ...session, lastSeenAt: session.lastSeenAt + 5 })).toBe(await jtiOf(session));
  });

  it('is another for another audience', async () => {
    const session = sessionOf();
    expect(await jtiOf(session, 'https://other.example')).not.toBe(await jtiOf(session));
  });

  it.each<[string, Partial<Session>]>([
    ['scope', { scope: [] }],
    ['roles', { roles: ['staff', 'admin'] }],
    ['audience', { audience: ['https://api.example.com'] }],
    ['amr', { amr: ['pwd', 'otp'] }],
    ['time of login', { authenticatedAt: 1 }],
    ['email', { claims: { email: 'other@example.com' } }],
    ['end', { expiresAt: 4_000_000_000 }],
    ['subject', { subject: 'bob' }],
    ['kind of subject', { subjectType: 'client' }],
    ['application', { clientId: 'c' }],
  ])('is another where the %s of the same session differs', async (_, changes) => {
    const session = sessionOf();
    expect(await jtiOf({ ...session, ...changes })).not.toBe(await jtiOf(session));
  });

  it('is forgotten, the oldest first, where there are too many', async () => {
    const [first, ...others] = Array.from({ length: MAX_KEPT + 1 }, () => sessionOf());
    if (first === undefined) throw new Error('there are no sessions');
    const oldest = await jtiOf(first);
    const kept = [];
    for (const session of others) kept.push(await jtiOf(session));
    expect(await Promise.all(others.map((session) => jtiOf(session)))).toEqual(kept);
    expect(await jtiOf(first)).not.toBe(oldest);
  });

  it('that was signed anew is no longer the oldest', async () => {
    const [first, ...others] = [sessionOf(), sessionOf(), sessionOf()];
    if (first === undefined) throw new Error('there are no sessions');
    for (const session of [first, ...others]) await assert(session, UPSTREAM);
    now += 41;
    const renewed = await jtiOf(first);
    await assert(sessionOf(), UPSTREAM);
    expect(await jtiOf(first)).toBe(renewed);
  });

  it('that could not be signed is tried again', async () => {
    const session = sessionOf();
    unusable = true;
    await expect(assert(session, UPSTREAM)).rejects.toThrow();
    unusable = false;
    now += 1;
    expect(await assert(session, UPSTREAM)).toBeDefined();
  });

  it('costs no read of the store of its own, but for one a second', async () => {
    await assert(sessionOf(), UPSTREAM);
    await assert(sessionOf(), UPSTREAM);
    const before = test.calls.length;
    for (const _ of [1, 2, 3]) await assert(sessionOf(), UPSTREAM);
    expect(test.calls.length - before).toBe(0);
    now += 1;
    for (const _ of [1, 2, 3]) await assert(sessionOf(), UPSTREAM);
    expect(test.calls.length - before).toBe(1);
  });

  it('that would be more than 6 KiB is none', async () => {
    const large = sessionOf({ claims: { name: 'n'.repeat(6_000) } });
    expect(await assert(large, UPSTREAM)).toBeUndefined();
    expect(await assert(sessionOf({ claims: { name: 'n'.repeat(4_000) } }), UPSTREAM)).toBeDefined();
  });

  it('of a tenant that is none is an error', async () => {
    await expect(assert(sessionOf({ tenant: 'other' }), UPSTREAM)).rejects.toThrow('tenant');
  });
});
