import { timingSafeEqual } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { findSecret } from '../../src/oauth/secret-check.ts';
import { MAX_SECRETS } from '../../src/registry/limits.ts';
import type { ClientSecret } from '../../src/registry/registry.ts';
import { applicationNamed } from '../support/declared.ts';

vi.mock('node:crypto', async (load) => {
  const crypto = await load<typeof import('node:crypto')>();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});

const digestOf = (text: string) => Buffer.alloc(32, text).toString('base64url');
const secretOf = (id: string, changes: Partial<ClientSecret> = {}): ClientSecret => ({
  id,
  name: id,
  digest: digestOf(id),
  createdAt: 0,
  ...changes,
});
const ALL = ['a', 'b', 'c', 'd', 'e'].map((id) => secretOf(id));
const full = applicationNamed('client', { secrets: ALL });
const NOW = 1_000;

describe('TOK-05 the work to compare a secret', () => {
  it.each([
    ['the first fits', full, 'a'],
    ['the last fits', full, 'e'],
    ['none fits', full, 'x'],
    ['there is one', applicationNamed('client', { secrets: ALL.slice(0, 1) }), 'a'],
    ['there is none', applicationNamed('client', { secrets: [] }), 'a'],
    ['nobody is known', undefined, 'a'],
  ])('is the same where %s', (_, application, presented) => {
    vi.mocked(timingSafeEqual).mockClear();
    findSecret(application, digestOf(presented), NOW);
    expect(timingSafeEqual).toHaveBeenCalledTimes(MAX_SECRETS);
  });
});

describe('TOK-16 the secret that a digest is of', () => {
  it.each(['a', 'b', 'c', 'd', 'e'])('is found in any place: %s', (id) => {
    expect(findSecret(full, digestOf(id), NOW)?.id).toBe(id);
  });

  it('is none where no slot has it, not even an empty one', () => {
    expect(findSecret(full, digestOf('x'), NOW)).toBeUndefined();
    expect(findSecret(undefined, Buffer.alloc(32).toString('base64url'), NOW)).toBeUndefined();
    expect(
      findSecret(applicationNamed('client', { secrets: [] }), Buffer.alloc(32).toString('base64url'), NOW),
    ).toBeUndefined();
  });

  it('is none from the second on at which it expires', () => {
    const application = applicationNamed('client', { secrets: [secretOf('a', { expiresAt: NOW })] });
    expect(findSecret(application, digestOf('a'), NOW - 0.001)?.id).toBe('a');
    expect(findSecret(application, digestOf('a'), NOW)).toBeUndefined();
  });

  it('is found beside any number that have expired', () => {
    const expired = Array.from({ length: 20 }, (_, index) => secretOf(`old${index}`, { expiresAt: 1 }));
    const application = applicationNamed('client', { secrets: [...expired, secretOf('a')] });
    expect(findSecret(application, digestOf('a'), NOW)?.id).toBe('a');
  });
});
