import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JwksSource } from '../../../../src/oauth/jwt/foreign/jwks.ts';
import { type KeyHost, startKeyHost, until } from '../../../support/key-host.ts';
import { keysOf } from '../../../support/keys-under-test.ts';
import { createSigner } from '../../../support/tokens.ts';

const [a, b, otherA] = ['a', 'b', 'a'].map((kid) => createSigner('ES256', kid).jwk);
const UNKNOWN = { doubt: 'issuer_unavailable' };

let host: KeyHost;
let source: JwksSource;
beforeAll(async () => {
  host = await startKeyHost();
  source = { issuer: host.url, jwksUri: `${host.url}/keys`, algorithms: ['ES256'] };
});
afterAll(() => host.close());
beforeEach(() => host.serve({ '/keys': { keys: [a] } }));

describe('the keys of an issuer', () => {
  it('are fetched when one is first needed, once for all who wait', async () => {
    const keys = keysOf(source);
    expect(keys.requests()).toBe(0);
    const found = await Promise.all(Array.from({ length: 50 }, () => keys.kidOf('a')));
    expect(new Set(found)).toEqual(new Set(['a']));
    expect(keys.requests()).toBe(1);
  });

  it('are fetched again behind the answer once they are five minutes old', async () => {
    const keys = keysOf(source);
    await keys.kidOf('a');
    host.serve({ '/keys': { keys: [b] } });
    keys.advance(300);
    expect(await keys.kidOf('a')).toBe('a');
    expect(keys.requests()).toBe(1);
    keys.advance(1);
    expect(await keys.kidOf('a')).toBe('a');
    await until(async () => (await keys.kidOf('b')) === 'b');
    expect(await keys.kidOf('a')).toBeUndefined();
    expect(keys.requests()).toBe(2);
  });

  it('are the same objects again while they say the same', async () => {
    const keys = keysOf(source);
    const first = await keys.findKey('a');
    host.serve({ '/keys': { keys: [{ ...a, use: 'sig' }, b] } });
    keys.advance(301);
    await until(async () => (await keys.kidOf('b')) === 'b');
    expect(await keys.findKey('a')).toBe(first);
    host.serve({ '/keys': { keys: [otherA] } });
    keys.advance(301);
    await until(async () => (await keys.kidOf('b')) === undefined);
    const changed = await keys.findKey('a');
    expect(changed?.kid).toBe('a');
    expect(changed?.key).not.toBe(first?.key);
  });

  it('JWT-06 need no name where there is one, and have no two of a name', async () => {
    expect(await keysOf(source).kidOf(undefined)).toBe('a');
    host.serve({ '/keys': { keys: [a, b] } });
    expect(await keysOf(source).kidOf(undefined)).toBeUndefined();
    host.serve({ '/keys': { keys: [a, otherA, b] } });
    const keys = keysOf(source);
    expect([await keys.kidOf('a'), await keys.kidOf('b')]).toEqual([undefined, 'b']);
  });
});

describe('a key that is not there', () => {
  it('JWT-07 is asked for behind the answer, once in 30 s, whatever the flood', async () => {
    const keys = keysOf(source);
    const flood = () =>
      Promise.all(Array.from({ length: 10_000 }, (_, index) => keys.kidOf(`unknown-${index}`)));
    await keys.kidOf('a');
    expect(new Set(await flood())).toEqual(new Set([undefined]));
    expect(keys.requests()).toBe(1);
    keys.advance(30);
    host.serve({ '/keys': { keys: [a, b] } });
    await flood();
    await until(async () => (await keys.kidOf('b')) === 'b');
    await flood();
    expect(await keys.kidOf('a')).toBe('a');
    expect(keys.requests()).toBe(2);
  });

  it('JWT-06 is no other thing by that name, and fetches nothing that it names', async () => {
    const keys = keysOf(source);
    for (const kid of ['__proto__', 'constructor', '../keys', `${host.url}/other`, 'A', '']) {
      expect(await keys.kidOf(kid)).toBeUndefined();
    }
    expect(keys.requests()).toBe(1);
  });
});

describe('JWT-21 of two answers', () => {
  it('none overtakes another: there is one request at a time, also past the 30 s', async () => {
    const keys = keysOf(source);
    await keys.kidOf('a');
    const held = Promise.withResolvers<void>();
    host.answerWith((_, response) => {
      void held.promise.then(() => response.end(JSON.stringify({ keys: [a, b] })));
    });
    for (let time = 0; time < 5; time += 1) {
      keys.advance(31);
      expect(await keys.kidOf('b')).toBeUndefined();
    }
    expect(keys.requests()).toBe(2);
    held.resolve();
    await until(async () => (await keys.kidOf('b')) === 'b');
  });

  it('the one that was given up changes nothing when it comes at last', async () => {
    const keys = keysOf(source);
    await keys.kidOf('a');
    const late = Promise.withResolvers<() => void>();
    host.answerWith((_, response) => late.resolve(() => response.end(JSON.stringify({ keys: [otherA] }))));
    keys.advance(31);
    expect(await keys.kidOf('b')).toBeUndefined();
    const answerLate = await late.promise;
    keys.giveUp();
    await keys.failed(1);
    host.serve({ '/keys': { keys: [a, b] } });
    keys.advance(31);
    await until(async () => (await keys.kidOf('b')) === 'b');
    answerLate();
    expect([await keys.kidOf('a'), await keys.kidOf('b')]).toEqual(['a', 'b']);
  });
});

describe('JWT-20 an issuer that is away', () => {
  it('has its keys used for 24 h, and then none', async () => {
    const keys = keysOf(source);
    await keys.kidOf('a');
    host.answerWith((_, response) => response.writeHead(500).end());
    keys.advance(86_400);
    expect(await keys.kidOf('a')).toBe('a');
    await keys.failed(1);
    keys.advance(1);
    await expect(keys.kidOf('a')).rejects.toMatchObject(UNKNOWN);
    expect(keys.requests()).toBe(2);
    keys.advance(29);
    host.serve({ '/keys': { keys: [a] } });
    expect(await keys.kidOf('a')).toBe('a');
  });

  it('is asked once in 30 s also while no key is known at all', async () => {
    host.answerWith((_, response) => response.writeHead(500).end());
    const keys = keysOf(source);
    const ask = () => Promise.allSettled(Array.from({ length: 100 }, (_, index) => keys.kidOf(`${index}`)));
    const refused = { status: 'rejected', reason: expect.objectContaining(UNKNOWN) };
    expect(await ask()).toEqual(Array(100).fill(refused));
    keys.advance(29.9);
    expect(await ask()).toEqual(Array(100).fill(refused));
    expect([keys.requests(), keys.failures()]).toEqual([1, 1]);
    keys.advance(0.1);
    host.serve({ '/keys': { keys: [a] } });
    expect(await keys.kidOf('a')).toBe('a');
  });
});
