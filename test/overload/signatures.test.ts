import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSignatures, VERIFYING } from '../../src/oauth/jwt/signature.ts';
import { createSigner, type Part, type Signer, signToken } from '../support/tokens.ts';
import { CLAIMS, NOW, trust } from '../support/trusted.ts';

const known = createSigner('ES256', 'known');
/** Says that it is the known one. */
const forger = createSigner('ES256', 'known');
const key = await known.verificationKey();

/** Of the runtime: how many signatures were really verified, and how many at a time. */
let verified = 0;
let most = 0;
beforeEach(() => {
  let underWay = 0;
  [verified, most] = [0, 0];
  const verify = crypto.subtle.verify.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, 'verify').mockImplementation(async (...args) => {
    verified += 1;
    underWay += 1;
    most = Math.max(most, underWay);
    return verify(...args).finally(() => {
      underWay -= 1;
    });
  });
});
afterEach(() => vi.restoreAllMocks());

const tokensOf = (count: number, signer: Signer, claims: object = {}, header: Part = {}) =>
  Array.from({ length: count }, (_, index) =>
    signToken(signer, { ...CLAIMS, jti: `${index}`, ...claims }, header),
  );

describe('DOS-11 a flood of tokens', () => {
  it.each<[string, string, object, Part]>([
    ['of an unknown issuer', 'jwt_issuer', { iss: 'https://other.example' }, {}],
    ['that expired', 'jwt_expired', { exp: NOW - 1 }, {}],
    ['for somebody else', 'jwt_claims', { aud: 'https://other.example' }, {}],
    ['of another type', 'jwt_claims', {}, { typ: 'JWT' }],
    ['of an unknown key', 'jwt_key', {}, { kid: 'other' }],
    ['of another algorithm', 'jwt_key', {}, { alg: 'RS512' }],
    ['without a signature', 'jwt_key', {}, { alg: 'none' }],
    ['that bring a key along', 'jwt_syntax', {}, { jwk: known.jwk }],
  ])('%s is turned away without a signature being verified', async (_, fault, claims, header) => {
    const { find } = trust([key]);
    const found = await Promise.all(tokensOf(100, forger, claims, header).map((token) => find(token)));
    expect(new Set(found)).toEqual(new Set([fault]));
    expect(verified).toBe(0);
  });

  it('with forged signatures takes no more than its share, and what is too much is "can\'t tell"', async () => {
    const { find } = trust([key], {}, createSignatures());
    const [seen = '', fresh = ''] = tokensOf(2, known);
    expect(await find(seen)).toEqual({ subject: 'ada' });
    const taken = VERIFYING.underWay + VERIFYING.waiting;
    const flood = tokensOf(taken + 300, forger, { sub: 'eve' }).map((token) => find(token));
    // Whoever was here before is not touched, and who comes now is not told that his token is bad.
    expect(await find(seen)).toEqual({ subject: 'ada' });
    await expect(find(fresh)).rejects.toMatchObject({ doubt: 'overloaded' });
    const found = await Promise.allSettled(flood);
    const said = found.map((one) =>
      one.status === 'fulfilled' ? String(one.value) : String(Object(one.reason).doubt),
    );
    expect(said.filter((one) => one === 'jwt_signature')).toHaveLength(taken);
    expect(said.filter((one) => one === 'overloaded')).toHaveLength(300);
    expect([verified, most]).toEqual([taken + 1, VERIFYING.underWay]);
    expect(await find(fresh)).toEqual({ subject: 'ada' });
  });
});
