import type { AgreeOnSecret, SecretUses } from '../../registry/ports.ts';
import { unreadable } from '../unreadable.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';

export function createSecretUses({ redis, run }: Connection, keys: Keys): SecretUses {
  return {
    note: (tenant, clientId, name, usedAt) =>
      run('secret_use', async () => {
        await redis.hset(keys.secretUses(tenant, clientId), name, usedAt);
      }),
    of: (tenant, clientId) =>
      run('secret_uses', async () => {
        const held = await redis.hgetall(keys.secretUses(tenant, clientId));
        return new Map(Object.entries(held).map(([name, usedAt]) => [name, secondsOf(usedAt)]));
      }),
  };
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (text === '' || !Number.isFinite(seconds)) throw unreadable('the use of a secret', 'it is no time');
  return seconds;
}

/** Reads first, so that one who agrees can start beside a server that takes no writes. */
export function createAgreeOnSecret({ redis, run }: Connection, keys: Keys): AgreeOnSecret {
  const key = keys.secretFingerprint;
  return (fingerprint) =>
    run('agree_on_secret', async () => {
      const held = await redis.get(key);
      if (held !== null) return held === fingerprint;
      if ((await redis.set(key, fingerprint, 'NX')) === 'OK') return true;
      return (await redis.get(key)) === fingerprint;
    });
}
