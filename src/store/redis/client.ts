import { Redis } from 'ioredis';
import type { Secret } from '../../lib/secret.ts';

/** A client that fails at once while the server does not answer, instead of queueing behind it. */
export function createClient(url: Secret): Redis {
  return new Redis(url.reveal(), {
    protocol: 2,
    // The client's own defaults queue commands for seconds while the server is away. A gate has to say at once
    // that it can't tell.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: 150,
    socketTimeout: 500,
    connectTimeout: 1_000,
    // Doubles from 50 ms to 1 s, with jitter, so that many replicas do not come back in step.
    retryStrategy: (attempt) => Math.min(1_000, 50 * 2 ** attempt) * (0.5 + Math.random() / 2),
  });
}
