import { Redis, type RedisOptions } from 'ioredis';
import type { Secret } from '../../lib/secret.ts';

/** What a gate needs: the client's own defaults queue commands for seconds while the server is away. */
const OPTIONS = {
  protocol: 2,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  commandTimeout: 150,
  socketTimeout: 500,
  connectTimeout: 1_000,
  // Doubles from 50 ms to 1 s, with jitter, so that many replicas do not come back in step.
  retryStrategy: (attempt: number) => Math.min(1_000, 50 * 2 ** attempt) * (0.5 + Math.random() / 2),
} as const satisfies RedisOptions;

/** A client that fails at once while the server does not answer, instead of queueing behind it. */
export function createClient(url: Secret): Redis {
  return new Redis(url.reveal(), OPTIONS);
}

/** A second connection to the same server, to be told of changes. Who subscribes, and when, is not the client's to say. */
export function createSubscriber(url: Secret): Redis {
  return new Redis(url.reveal(), { ...OPTIONS, autoResubscribe: false });
}
