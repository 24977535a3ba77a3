import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claim, Session } from '../../src/decision/session.ts';
import { type Field, headersOf } from '../../src/proxy/identity-fields.ts';
import { createIdentity } from '../../src/proxy/identity-headers.ts';
import { PRESETS } from '../../src/proxy/presets.ts';
import { sessionOf } from '../support/sessions.ts';

/** What one header says of a session. */
function say(field: Field, changes: Partial<Session>): string | undefined {
  return createIdentity(headersOf([['X-It', field]]), 100).of(sessionOf(changes)).headers[1];
}

const ofClaim = (value: Claim) => say({ claim: 'it' }, { claims: { it: value } });

describe('a header of a map', () => {
  it.each<[Field, Partial<Session>, string]>([
    ['subject', { subject: 'ada' }, 'ada'],
    ['subject', { subject: 'machine', subjectType: 'client' }, 'machine'],
    ['user', { subject: 'ada' }, 'ada'],
    ['user', { subject: 'machine', subjectType: 'client' }, ''],
    ['subjectType', { subjectType: 'client' }, 'client'],
    ['tenant', { tenant: 'acme' }, 'acme'],
    ['clientId', { clientId: 'machine' }, 'machine'],
    ['clientId', {}, ''],
    ['scope', { scope: ['a', 'b'] }, 'a b'],
    ['roles', { roles: ['a', 'b'] }, 'a,b'],
    ['audience', { audience: ['https://a', 'https://b'] }, 'https://a,https://b'],
    ['amr', { amr: ['pwd', 'otp'] }, 'pwd,otp'],
    ['authenticatedAt', { authenticatedAt: 7 }, '7'],
    ['expiresAt', { expiresAt: 8 }, '8'],
  ])('%j of %j is %j', (field, changes, value) => {
    expect(say(field, changes)).toBe(value);
  });

  it.each<[Claim, string]>([
    ['gold', 'gold'],
    ['', ''],
    [3, '3'],
    [-0.5, '-0.5'],
    [false, 'false'],
    [null, ''],
    [['a', 'b'], 'a,b'],
    [['a', 3, true, null], 'a,3,true,'],
    [[], ''],
  ])('a claim %j is %j', (claim, value) => {
    expect(ofClaim(claim)).toBe(value);
  });

  it.each(['absent', 'constructor', 'toString', 'hasOwnProperty', '__proto__'])(
    'HDR-13 the claim %s, which a session does not have, is empty',
    (claim) => expect(say({ claim }, {})).toBe(''),
  );

  it('HDR-08 HDR-09 HDR-10 HDR-11 is printable ASCII, and decodes to the claim', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.oneof(text, fc.array(text, { minLength: 1 })), (claim) => {
        const said = ofClaim(claim) ?? 'none';
        expect(said).toMatch(/^(?:[!-~](?:[ -~]*[!-~])?)?$/);
        const parts = Array.isArray(claim) ? said.split(',') : [said];
        expect(parts.map(decodeURIComponent)).toEqual([claim].flat().map((part) => part.toWellFormed()));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe.each(Object.entries(PRESETS))('the preset %s', (_, headers) => {
  const identity = createIdentity(headers, 100);

  it('HDR-08 HDR-09 HDR-10 HDR-11 says every text of a session in printable ASCII, a header each', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(text, fc.array(text), (one, list) => {
        const claims = { email: one, name: one, preferred_username: one };
        const { headers: said } = identity.of(
          sessionOf({ subject: one, roles: list, amr: list, audience: list, claims }),
        );
        expect(said.filter((_, index) => index % 2 === 0)).toEqual(identity.names);
        for (const value of said) expect(value).toMatch(/^[ -~]*$/);
        const decoded = said.map(decodeURIComponent);
        expect(decoded).toContain(one.toWellFormed());
      }),
      { numRuns: 300 },
    );
  });

  it('HDR-13 says nothing of a user that is no text', () => {
    const claims = { email: ['root@example.com'], name: 7, preferred_username: true, email_verified: 'true' };
    const said = identity.of(sessionOf({ claims, roles: [], amr: [] })).headers.join('\n');
    for (const value of ['root@example.com', '\n7', 'preferred']) expect(said).not.toContain(value);
  });
});

describe('the flags of Authgear', () => {
  const claim = (name: string) => `https://authgear.com/claims/user/${name}`;

  it.each<[Field, Session['claims'], string]>([
    ['userIsVerified', { [claim('is_verified')]: true }, 'true'],
    ['userIsVerified', { is_verified: true }, 'true'],
    ['userIsVerified', { email_verified: true }, 'true'],
    ['userIsVerified', { [claim('is_verified')]: false, email_verified: true }, 'false'],
    ['userIsVerified', { is_verified: false, email_verified: true }, 'false'],
    ['userIsVerified', { is_verified: null, email_verified: true }, 'false'],
    ['userIsVerified', { email_verified: 'true' }, 'false'],
    ['userIsVerified', { email_verified: 1 }, 'false'],
    ['userIsVerified', {}, 'false'],
    ['userIsAnonymous', { [claim('is_anonymous')]: true }, 'true'],
    ['userIsAnonymous', { is_anonymous: true }, 'true'],
    ['userIsAnonymous', {}, 'false'],
    ['userCanReauthenticate', { [claim('can_reauthenticate')]: true }, 'true'],
    ['userCanReauthenticate', { can_reauthenticate: true }, 'true'],
    ['userCanReauthenticate', {}, 'false'],
  ])('%s of %j is %s', (field, claims, value) => {
    expect(say(field, { claims })).toBe(value);
    expect(say(field, { claims, subjectType: 'client' })).toBe('');
  });
});
