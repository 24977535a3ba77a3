import type { Redis } from 'ioredis';
import { isRefusal } from './errors.ts';
import { atMostOnceASecond } from './pace.ts';

/**
 * For a server that refuses writes: where its name leads to another one by now, goes there. It looks before it leaves,
 * since where there is no other, reads go on.
 */
export function createFollow(redis: Redis, reset: () => void): () => void {
  let isLooking = false;
  return atMostOnceASecond(async () => {
    if (isLooking) return;
    isLooking = true;
    const { stream } = redis;
    try {
      if ((await leadsToAnother(redis)) && stream === redis.stream) reset();
    } finally {
      isLooking = false;
    }
  }, 'never');
}

async function leadsToAnother(redis: Redis): Promise<boolean> {
  const other = redis.duplicate({ lazyConnect: true, retryStrategy: () => null });
  other.on('error', () => undefined);
  try {
    await other.connect();
    return !(await other.info('replication')).includes('role:slave');
  } catch (error) {
    // Who may not ask follows blindly.
    return isRefusal(error);
  } finally {
    other.disconnect();
  }
}
