import { describe, expect, it } from 'vitest';
import { checkClaims } from '../../../src/oauth/jwt/claims.ts';
import type { TokenRules } from '../../../src/oauth/jwt/issuer.ts';

const NOW = 1_700_000_000;
const ISSUER = 'https://issuer.example/oidc';
const AUDIENCE = 'https://api.example.com/orders';
const RULES: TokenRules = {
  issuer: ISSUER,
  types: ['at+jwt'],
  audience: AUDIENCE,
  maxTokenSeconds: 3600,
  findKey: async () => undefined,
};
const GOOD = { iss: ISSUER, sub: 'ada', aud: AUDIENCE, exp: NOW + 600 };

/** As they come out of JSON, so that 1e400 can be written. */
const check = (changes: object, now = NOW) => checkClaims({ ...GOOD, ...changes }, RULES, now);

describe('the claims of a token', () => {
  it('are read into what the session is made of', () => {
    expect(check({})).toEqual({
      claims: GOOD,
      issuer: ISSUER,
      subject: 'ada',
      audience: [AUDIENCE],
      expiresAt: NOW + 600,
    });
    expect(check({ iat: NOW, nbf: NOW, jti: 'j' })).toMatchObject({ issuedAt: NOW, jti: 'j' });
  });

  it.each([
    ['absent', undefined],
    ['a string', String(NOW + 600)],
    ['null', null],
    ['infinite', Number('1e400')],
    ['NaN', Number.NaN],
    ['negative', -1],
    ['2^53', 2 ** 53],
    ['longer from now than a token may live', NOW + 3600 + 61],
    ['an object', {}],
  ])('JWT-09 are refused where exp is %s', (_, exp) => {
    expect(check({ exp })).toBe('jwt_claims');
  });

  it('JWT-09 may live as long as the settings say, and a minute', () => {
    expect(check({ exp: NOW + 3660 })).toMatchObject({ expiresAt: NOW + 3660 });
  });

  it('JWT-09 have an end also where a token may live for any time', () => {
    const rules = { ...RULES, maxTokenSeconds: Number.POSITIVE_INFINITY };
    expect(checkClaims({ ...GOOD, exp: Number('1e400') }, rules, NOW)).toBe('jwt_claims');
  });

  it('JWT-09 end with the second of exp, without a leeway', () => {
    expect(check({ exp: NOW })).toBe('jwt_expired');
    expect(check({ exp: NOW + 0.5 })).toMatchObject({ expiresAt: NOW + 0.5 });
    expect(check({ exp: 0 })).toBe('jwt_expired');
  });

  it.each([
    ['absent', undefined],
    ['of another', 'https://other.example'],
    ['with a slash more', `${ISSUER}/`],
    ['in another case', ISSUER.toUpperCase()],
    ['a list', [ISSUER]],
    ['with a space', ` ${ISSUER}`],
  ])('JWT-10 are refused where iss is %s', (_, iss) => {
    expect(check({ iss })).toBe('jwt_issuer');
  });

  it.each([
    ['absent', undefined],
    ['of another', 'https://api.example.com'],
    ['longer', `${AUDIENCE}/x`],
    ['in another case', AUDIENCE.toUpperCase()],
    ['a list of others', ['https://api.example.com', `${AUDIENCE}/`]],
    ['a list with something else', [AUDIENCE, 1]],
    ['a list with an empty one', [AUDIENCE, '']],
    ['a list in a list', [[AUDIENCE]]],
    ['an empty list', []],
    ['an object', { 0: AUDIENCE, length: 1 }],
    ['several in one string', `${AUDIENCE} other`],
  ])('JWT-11 are refused where aud is %s', (_, aud) => {
    expect(check({ aud })).toBe('jwt_claims');
  });

  it('JWT-11 are for an exact member of aud', () => {
    expect(check({ aud: ['other', AUDIENCE] })).toMatchObject({ audience: ['other', AUDIENCE] });
  });

  it('JWT-11 need an aud also where any is taken', () => {
    const { audience: _, ...rules } = RULES;
    expect(checkClaims({ ...GOOD, aud: 'any' }, rules, NOW)).toMatchObject({ audience: ['any'] });
    for (const aud of [undefined, [], '']) {
      expect(checkClaims({ ...GOOD, aud }, rules, NOW)).toBe('jwt_claims');
    }
  });

  it.each(['nbf', 'iat'])('JWT-13 are refused where %s is in the future, or no time', (name) => {
    expect(check({ [name]: NOW + 60 })).toMatchObject({ subject: 'ada' });
    for (const value of [NOW + 61, String(NOW), null, Number('1e400'), [NOW], -1]) {
      expect(check({ [name]: value })).toBe('jwt_claims');
    }
  });

  it('JWT-13 are refused on their last day too where they live for longer than they may', () => {
    expect(check({ iat: NOW - 3060, exp: NOW + 600 })).toMatchObject({ issuedAt: NOW - 3060 });
    expect(check({ iat: NOW - 3061, exp: NOW + 600 })).toBe('jwt_claims');
  });

  it('JWT-22 are refused by a clock that is five minutes off, to either side', () => {
    const claims = { iat: NOW, exp: NOW + 300 };
    expect(check(claims, NOW - 300)).toBe('jwt_claims');
    expect(check(claims, NOW - 60)).toMatchObject({ subject: 'ada' });
    expect(check(claims, NOW + 300)).toBe('jwt_expired');
  });

  it.each([[['a', 'b']], [{}], [1], [null], [''], [true], ['\ud800'], [undefined]])(
    'HDR-13 are refused where sub is %j',
    (sub) => {
      expect(check({ sub })).toBe('jwt_claims');
    },
  );

  it.each([[['j']], [{}], [1], [null], ['']])('HDR-13 are refused where jti is %j', (jti) => {
    expect(check({ jti })).toBe('jwt_claims');
  });
});
