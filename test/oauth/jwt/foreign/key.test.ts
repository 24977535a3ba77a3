import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../../src/oauth/jwk.ts';
import { importKey, nameOf, parseJwk } from '../../../../src/oauth/jwt/foreign/key.ts';
import { createSigner, type Jwk } from '../../../support/tokens.ts';

const rsa = createSigner('RS256', 'rsa').jwk;
const ec = createSigner('ES256', 'ec').jwk;
const ed = createSigner('EdDSA', 'ed').jwk;
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });

const ANY: readonly Algorithm[] = ['RS256', 'ES256', 'EdDSA'];
const algorithmOf = (jwk: unknown, algorithms = ANY) => parseJwk(jwk, algorithms)?.alg;
const without = (name: string, jwk: Jwk): Jwk =>
  Object.fromEntries(Object.entries(jwk).filter(([member]) => member !== name));

describe('a key of an issuer', () => {
  it.each([
    ['RS256', rsa],
    ['ES256', ec],
    ['EdDSA', ed],
  ])('is used for the algorithm that it names: %s', async (alg, jwk) => {
    expect(algorithmOf(jwk)).toBe(alg);
    expect(algorithmOf({ ...jwk, use: 'sig', key_ops: ['verify'], x5c: ['x'], other: 1 })).toBe(alg);
    const usable = parseJwk(jwk, ANY);
    expect(usable && (await importKey(usable))).toMatchObject({ kid: jwk.kid, alg });
  });

  it('JWT-03 is not used where its algorithm is not among those of the issuer', () => {
    expect(algorithmOf(rsa, ['RS512', 'PS256'])).toBeUndefined();
    expect(algorithmOf({ ...rsa, alg: 'PS256' })).toBeUndefined();
    expect(algorithmOf({ ...rsa, alg: 'PS256' }, ['RS256', 'PS256'])).toBe('PS256');
    for (const alg of ['ES256', 'HS256', 'none', '', null, ['RS256']]) {
      expect(algorithmOf({ ...rsa, alg })).toBeUndefined();
    }
    expect(algorithmOf({ ...ec, crv: 'P-384' })).toBeUndefined();
  });

  it('JWT-03 without an algorithm it is used only where exactly one fits it', () => {
    const [anyRsa, anyEc] = [without('alg', rsa), without('alg', ec)];
    expect(algorithmOf(anyRsa)).toBe('RS256');
    expect(algorithmOf(anyEc, ['ES256', 'ES384', 'RS256'])).toBe('ES256');
    expect(algorithmOf(anyRsa, ['RS256', 'PS256'])).toBeUndefined();
    expect(algorithmOf(anyRsa, ['ES256'])).toBeUndefined();
  });

  it.each([
    { use: 'enc' },
    { use: 0 },
    { use: null },
    { use: 'SIG' },
    { use: ['sig'] },
    { key_ops: ['sign'] },
    { key_ops: [] },
    { key_ops: 'verify' },
    { key_ops: null },
    { kty: 'oct', k: 'c2VjcmV0' },
    { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' },
    { kty: 'rsa' },
    { kty: undefined },
    { kid: 1 },
    { kid: null },
    { d: 'AQAB' },
    { n: undefined },
    { n: 65_537 },
    { e: null },
    { n: weak.n },
    { n: Buffer.concat([Buffer.alloc(256), Buffer.from(weak.n ?? '', 'base64url')]).toString('base64url') },
    { n: '' },
  ])('JWT-04 is none that verifies signatures: %j', (members) => {
    expect(algorithmOf({ ...rsa, ...members })).toBeUndefined();
  });

  it.each([null, 1, 'key', [], [rsa], {}])('JWT-04 is no %j', (jwk) => {
    expect(algorithmOf(jwk)).toBeUndefined();
  });

  it.each([
    { ...ec, x: 'AAAA' },
    { ...ec, x: ec.y, y: ec.x },
    { ...ed, x: 'AAAA' },
    { ...ec, y: '!' },
  ])('JWT-04 is not one by its members alone: %j', async (jwk) => {
    const usable = parseJwk(jwk, ANY);
    expect(usable && (await importKey(usable))).toBeUndefined();
  });

  it('is the same as before while what it is made of is the same', () => {
    const name = (jwk: Jwk) => {
      const usable = parseJwk(jwk, ANY);
      return usable && nameOf(usable);
    };
    expect(name({ ...rsa, use: 'sig', x5t: 'x' })).toBe(name(rsa));
    const reordered = Object.fromEntries(Object.entries(rsa).toReversed());
    expect(name(reordered)).toBe(name(rsa));
    for (const changed of [{ kid: 'other' }, { n: createSigner('RS256', 'rsa').jwk.n }, { e: 'Aw' }]) {
      expect(name({ ...rsa, ...changed })).not.toBe(name(rsa));
    }
  });
});
