import { EventEmitter } from 'node:events';
import { Cluster } from 'ioredis';
import { CannotTell } from '../../decision/session.ts';
import { createRun, type Run } from '../run.ts';
import type { StoreObserver } from '../store.ts';
import { type Availability, watchServer } from './availability.ts';
import { type Client, createClient, type RedisLocation } from './client.ts';
import { watchCluster } from './cluster-availability.ts';
import { FOREIGN, isRefusal } from './errors.ts';
import { createGather } from './gather.ts';

/** Commands that wait for their replies, those that were given up among them: the client keeps them too. */
const MAX_WAITING = 1_024;

/** A client, and whether its server is known to answer. */
export type Connection = {
  readonly redis: Client;
  /** Runs one operation; rejects with `CannotTell`, at once where the server is known not to answer. */
  readonly run: Run;
  readonly isUp: () => boolean;
  /** Told whenever it is up again, before anybody reads: what answers may be another server than before. */
  readonly onReached: (listener: () => void) => void;
};

/** Connects in the background and for ever: that the server is away at the start is no error. */
export function connectRedis(location: RedisLocation, probeKey: string, observer: StoreObserver): Connection {
  const redis = createClient(location);
  const events = new EventEmitter<{ reached: [] }>();
  const reached = () => void events.emit('reached');
  const availability =
    redis instanceof Cluster
      ? watchCluster(redis, probeKey, observer, reached)
      : watchServer(redis, probeKey, observer, reached);
  const gather = redis instanceof Cluster ? () => undefined : createGather(redis);
  const measured = createRun(observer, (error) => (isRefusal(error) ? 'store_refused' : 'store_unavailable'));
  const run: Run = (operation, work) =>
    measured(operation, async () => {
      admit(availability);
      const trusted = availability.trusted();
      const received = availability.received();
      gather();
      try {
        const result = await work();
        if (trusted === availability.trusted()) return result;
      } catch (error) {
        await availability.failed(error, received);
        throw error;
      }
      throw new CannotTell('store_unavailable', FOREIGN);
    });
  return {
    redis,
    run,
    isUp: availability.isUp,
    onReached: (listener) => void events.on('reached', listener),
  };
}

function admit({ isUp, waiting }: Availability): void {
  if (!isUp()) throw new CannotTell('store_unavailable', 'the store does not answer');
  if (waiting() >= MAX_WAITING)
    throw new CannotTell('store_unavailable', 'too many commands wait for the store');
}
