import { MAX_TOKEN_SECONDS } from '../../registry/limits.ts';
import { notFound, Refusal } from '../../registry/refusal.ts';
import type { Registry, SigningAlg, SigningKey } from '../../registry/registry.ts';

/** How long a key is published before it signs: twice what verifiers may keep the old set. In seconds. */
export const PUBLISH_SECONDS = 600;

/** A token that was signed at the last moment is over by then, and so is the leeway of whoever verifies it. */
const KEEP_SECONDS = MAX_TOKEN_SECONDS + 60;

export function currentKey(registry: Registry, alg: SigningAlg): SigningKey | undefined {
  return registry.keys.find((key) => key.alg === alg && key.state === 'current');
}

/** What verifiers are told of: next, current and previous. */
export function publishedKeys(registry: Registry, now: number): readonly SigningKey[] {
  return registry.keys.filter(({ previousSince = now }) => now < previousSince + KEEP_SECONDS);
}

/** The first two keys of an algorithm: the first signs at once, since nobody has kept a set without it. */
export function withFirstKeys(
  registry: Registry,
  [first, second]: readonly [SigningKey, SigningKey],
  now: number,
): Registry {
  if (currentKey(registry, first.alg) !== undefined) return registry;
  const current: SigningKey = { ...first, state: 'current', createdAt: now, currentSince: now };
  return { ...registry, keys: [...registry.keys, current, { ...second, state: 'next', createdAt: now }] };
}

/** Whether the current key has signed for `rotationSeconds`, and its successor is known to all verifiers. */
export function rotationIsDue(
  registry: Registry,
  alg: SigningAlg,
  rotationSeconds: number,
  now: number,
): boolean {
  const { currentSince = now } = currentKey(registry, alg) ?? {};
  return now >= currentSince + rotationSeconds && now >= publishedSince(registry, alg) + PUBLISH_SECONDS;
}

/**
 * The published next key becomes the current one at once, and `fresh` is the new next. Throws a `Refusal` where the
 * next was published so short a time ago that verifiers may not know it yet, unless `force` says that this is the
 * lesser evil.
 */
export function rotated(registry: Registry, fresh: SigningKey, now: number, force: boolean): Registry {
  const wait = Math.ceil(publishedSince(registry, fresh.alg) + PUBLISH_SECONDS - now);
  if (wait > 0 && !force) {
    throw new Refusal(
      'busy',
      `The next ${fresh.alg} key is known to verifiers in ${wait} s. Wait, or rotate with "force": true.`,
    );
  }
  const step = (key: SigningKey): SigningKey => {
    if (key.alg !== fresh.alg || key.state === 'previous') return key;
    return key.state === 'next'
      ? { ...key, state: 'current', currentSince: now }
      : { ...key, state: 'previous', previousSince: now };
  };
  return {
    ...registry,
    keys: [...publishedKeys(registry, now).map(step), { ...fresh, state: 'next', createdAt: now }],
  };
}

/** Kills every token that it signed. Only a previous key can go: the others sign, or soon will. */
export function removeKey(registry: Registry, kid: string): Registry {
  const key = registry.keys.find((one) => one.kid === kid);
  if (key === undefined) throw notFound('key');
  if (key.state !== 'previous') {
    throw new Refusal('fixed', `The key is ${key.state}. Rotate first; then it is previous, and can go.`);
  }
  return { ...registry, keys: registry.keys.filter((one) => one !== key) };
}

function publishedSince(registry: Registry, alg: SigningAlg): number {
  const next = registry.keys.find((key) => key.alg === alg && key.state === 'next');
  return next?.createdAt ?? Number.POSITIVE_INFINITY;
}
