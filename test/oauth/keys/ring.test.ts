import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  currentKey,
  PUBLISH_SECONDS,
  publishedKeys,
  removeKey,
  rotated,
  rotationIsDue,
  withFirstKeys,
} from '../../../src/oauth/keys/ring.ts';
import { MAX_TOKEN_SECONDS } from '../../../src/registry/limits.ts';
import { Refusal } from '../../../src/registry/refusal.ts';
import type { Registry, SigningAlg, SigningKey } from '../../../src/registry/registry.ts';
import { EMPTY_REGISTRY } from '../../support/registries.ts';

const keyOf = (kid: string, alg: SigningAlg = 'RS256'): SigningKey => ({
  kid,
  alg,
  state: 'next',
  publicJwk: { kty: 'x' },
  sealed: 's',
  createdAt: 0,
});
const NOW = 1_000_000;
const first = withFirstKeys(EMPTY_REGISTRY, [keyOf('a'), keyOf('b')], NOW);
const statesOf = ({ keys }: Registry) => Object.fromEntries(keys.map(({ kid, state }) => [kid, state]));
const kidsOf = (keys: readonly SigningKey[]) => keys.map(({ kid }) => kid);

describe('TOK-17 the first keys of an algorithm', () => {
  it('are one that signs at once and one that is published beside it', () => {
    expect(first.keys).toEqual([
      { ...keyOf('a'), state: 'current', createdAt: NOW, currentSince: NOW },
      { ...keyOf('b'), state: 'next', createdAt: NOW },
    ]);
    expect(currentKey(first, 'RS256')?.kid).toBe('a');
    expect(currentKey(first, 'ES256')).toBeUndefined();
  });

  it('are made once, whoever comes second', () => {
    expect(withFirstKeys(first, [keyOf('c'), keyOf('d')], NOW)).toBe(first);
  });

  it('leave those of another algorithm alone', () => {
    const both = withFirstKeys(first, [keyOf('c', 'ES256'), keyOf('d', 'ES256')], NOW);
    expect(statesOf(both)).toEqual({ a: 'current', b: 'next', c: 'current', d: 'next' });
    const after = rotated(both, keyOf('e', 'ES256'), NOW + PUBLISH_SECONDS, false);
    expect(statesOf(after)).toEqual({ a: 'current', b: 'next', c: 'previous', d: 'current', e: 'next' });
  });
});

describe('TOK-17 a rotation', () => {
  const at = NOW + PUBLISH_SECONDS;

  it('makes the published key sign, keeps the old one and publishes a new one', () => {
    expect(rotated(first, keyOf('c'), at, false).keys).toEqual([
      { ...keyOf('a'), state: 'previous', createdAt: NOW, currentSince: NOW, previousSince: at },
      { ...keyOf('b'), state: 'current', createdAt: NOW, currentSince: at },
      { ...keyOf('c'), state: 'next', createdAt: at },
    ]);
  });

  it('waits until verifiers know the next key, unless it is forced', () => {
    const early = () => rotated(first, keyOf('c'), at - 0.5, false);
    expect(early).toThrow(Refusal);
    expect(early).toThrow('in 1 s');
    expect(() => rotated(first, keyOf('c'), at, false)).not.toThrow();
    expect(statesOf(rotated(first, keyOf('c'), NOW, true))).toEqual({
      a: 'previous',
      b: 'current',
      c: 'next',
    });
  });

  it('is due by the age of the current key, and no sooner than its successor is known', () => {
    const due = (seconds: number, now: number) => rotationIsDue(first, 'RS256', seconds, now);
    expect(due(5_000, NOW + 4_999)).toBe(false);
    expect(due(5_000, NOW + 5_000)).toBe(true);
    expect(due(10, NOW + PUBLISH_SECONDS - 1)).toBe(false);
    expect(due(10, NOW + PUBLISH_SECONDS)).toBe(true);
    const forced = rotated(first, keyOf('c'), NOW + 1_000, true);
    expect(rotationIsDue(forced, 'RS256', 5_000, NOW + 5_999)).toBe(false);
    expect(rotationIsDue(forced, 'RS256', 5_000, NOW + 6_000)).toBe(true);
    expect(rotationIsDue(first, 'ES256', 0, NOW + 1e6)).toBe(false);
  });

  it('leaves one that signs and one that is next, however often it is done', () => {
    const steps = fc.array(fc.integer({ min: PUBLISH_SECONDS, max: 100_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(steps, (waits) => {
        let [registry, now] = [first, NOW];
        for (const [index, wait] of waits.entries()) {
          const next = registry.keys.find(({ state }) => state === 'next')?.kid;
          now += wait;
          registry = rotated(registry, keyOf(`k${index}`), now, false);
          expect(currentKey(registry, 'RS256')?.kid).toBe(next);
        }
        const states = registry.keys.map(({ state }) => state).filter((state) => state !== 'previous');
        expect(states).toEqual(['current', 'next']);
      }),
    );
  });
});

describe('TOK-17 a previous key', () => {
  const rotation = NOW + PUBLISH_SECONDS;
  const registry = rotated(first, keyOf('c'), rotation, false);
  const end = rotation + MAX_TOKEN_SECONDS + 60;

  it('is published until the last token that it can have signed is over, and the leeway of verifiers', () => {
    expect(kidsOf(publishedKeys(registry, end - 0.001))).toEqual(['a', 'b', 'c']);
    expect(kidsOf(publishedKeys(registry, end))).toEqual(['b', 'c']);
  });

  it('is forgotten by the first rotation after that, and not before', () => {
    expect(kidsOf(rotated(registry, keyOf('d'), end - 1, false).keys)).toEqual(['a', 'b', 'c', 'd']);
    expect(kidsOf(rotated(registry, keyOf('d'), end, false).keys)).toEqual(['b', 'c', 'd']);
  });

  it('can be deleted, which one that signs or soon will cannot', () => {
    expect(kidsOf(removeKey(registry, 'a').keys)).toEqual(['b', 'c']);
    expect(() => removeKey(registry, 'b')).toThrow(expect.objectContaining({ kind: 'fixed' }));
    expect(() => removeKey(registry, 'c')).toThrow(expect.objectContaining({ kind: 'fixed' }));
    expect(() => removeKey(registry, 'x')).toThrow(expect.objectContaining({ kind: 'not_found' }));
  });
});
