import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { ConsumeOnce, Strike } from '../../oauth/ports.ts';
import { STRIKES, secondsRefused } from '../strikes.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';

export function createConsumeOnce({ redis, run }: Connection, keys: Keys): ConsumeOnce {
  return (tenant, digest, seconds) =>
    run('consume_once', async () => {
      const milliseconds = Math.max(1, Math.ceil(seconds * 1000));
      return (await redis.set(keys.used(tenant, digest), '1', 'PX', milliseconds, 'NX')) === 'OK';
    });
}

/** Counted on the server for all replicas; one that was told of a block remembers it, and asks no more. */
export function createStrike({ redis, run }: Connection, keys: Keys): Strike {
  const limiter = new RateLimiterRedis({
    ...STRIKES,
    storeClient: redis,
    keyPrefix: keys.strikes,
    inMemoryBlockOnConsumed: STRIKES.points + 1,
    inMemoryBlockDuration: STRIKES.blockDuration,
  });
  return (key) => run('strike', () => secondsRefused(limiter.consume(key)));
}
