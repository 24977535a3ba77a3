import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import type { VerificationKey } from '../../../src/oauth/jwt/issuer.ts';
import { createSignatures } from '../../../src/oauth/jwt/signature.ts';
import { createSigner, signToken, withOtherSignature } from '../../support/tokens.ts';
import { CLAIMS, trust } from '../../support/trusted.ts';

const ec = createSigner('ES256', 'ec');
const key = await ec.verificationKey();
const ADA = { subject: 'ada' };

/** Of the runtime: how often a signature was really verified. */
let verified: MockInstance;
beforeEach(() => {
  verified = vi.spyOn(crypto.subtle, 'verify');
});
afterEach(() => verified.mockRestore());

const tokenOf = (jti: string) => signToken(ec, { ...CLAIMS, jti });

it('a signature is verified once, however often the token comes', async () => {
  const { find, asked } = trust([key]);
  const token = tokenOf('a');
  for (let time = 0; time < 3; time += 1) expect(await find(token)).toEqual(ADA);
  expect(verified).toHaveBeenCalledTimes(1);
  expect(asked).toHaveLength(3);
});

it('a signature is verified once where the token comes many times at once', async () => {
  const { find } = trust([key]);
  const token = tokenOf('a');
  const found = await Promise.all(Array.from({ length: 50 }, () => find(token)));
  expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(new Set([JSON.stringify(ADA)]));
  expect(verified).toHaveBeenCalledTimes(1);
});

it('a token that was good expires', async () => {
  const { find, advance } = trust([key]);
  const token = tokenOf('a');
  expect(await find(token)).toEqual(ADA);
  advance(599);
  expect(await find(token)).toEqual(ADA);
  advance(1);
  expect(await find(token)).toBe('jwt_expired');
});

it('a token that was good is none once its key is gone, and is verified anew under another key', async () => {
  const other = await createSigner('ES256', 'ec').verificationKey();
  const sameAgain = await ec.verificationKey();
  let current: VerificationKey | undefined = key;
  const { find } = trust([], { findKey: async () => current });
  const token = tokenOf('a');
  expect(await find(token)).toEqual(ADA);
  current = undefined;
  expect(await find(token)).toBe('jwt_key');
  current = other;
  expect(await find(token)).toBe('jwt_signature');
  current = sameAgain;
  expect(await find(token)).toEqual(ADA);
  expect(verified).toHaveBeenCalledTimes(3);
});

it('two keys at once do not share what one of them verified', async () => {
  const other = await createSigner('ES256', 'ec').verificationKey();
  const turns = [key, other];
  const { find } = trust([], { findKey: async () => turns.shift() });
  const token = tokenOf('a');
  expect(await Promise.all([find(token), find(token)])).toEqual([ADA, 'jwt_signature']);
});

it('JWT-18 what is remembered is the whole text, and no other of the same token', async () => {
  const { find } = trust([key]);
  const token = tokenOf('a');
  const forged = `${token.split('.').slice(0, 2).join('.')}.${tokenOf('b').split('.')[2]}`;
  expect(await find(token)).toEqual(ADA);
  expect(await find(forged)).toBe('jwt_signature');
  expect(await find(withOtherSignature(token))).toEqual(ADA);
  expect(verified).toHaveBeenCalledTimes(3);
});

it('a failure is not remembered, and drives out no good token', async () => {
  const { find } = trust([key], {}, createSignatures(1));
  const good = tokenOf('a');
  const bad = signToken(createSigner('ES256', 'ec'), CLAIMS);
  await find(good);
  expect([await find(bad), await find(bad)]).toEqual(['jwt_signature', 'jwt_signature']);
  expect(verified).toHaveBeenCalledTimes(3);
  await find(good);
  expect(verified).toHaveBeenCalledTimes(3);
});

it('no more is remembered than there is room for, and the oldest goes', async () => {
  const { find } = trust([key], {}, createSignatures(2));
  const [a, b, c] = ['a', 'b', 'c'].map(tokenOf);
  for (const token of [a, b, c, c, b]) expect(await find(token ?? '')).toEqual(ADA);
  expect(verified).toHaveBeenCalledTimes(3);
  await find(a ?? '');
  expect(verified).toHaveBeenCalledTimes(4);
});
