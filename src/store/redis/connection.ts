import { ReplyError } from 'ioredis';
import { CannotTell } from '../../decision/session.ts';
import { createRun, type Run } from '../run.ts';
import type { StoreObserver } from '../store.ts';
import { type Client, createClient, type RedisLocation } from './client.ts';
import { greet, UnfitServer } from './greeting.ts';

const PROBE_MILLISECONDS = 100;

/** A client, and whether its server is known to answer. */
export type Connection = {
  readonly redis: Client;
  /** Runs one operation; rejects with `CannotTell`, at once where the server is known not to answer. */
  readonly run: Run;
  readonly isUp: () => boolean;
};

/** Connects in the background and for ever: that the server is away at the start is no error. */
export function connectRedis(location: RedisLocation, probeKey: string, observer: StoreObserver): Connection {
  const redis = createClient(location);
  const availability = watchAvailability(redis, probeKey, observer);
  const measured = createRun(observer, (error) => (isRefusal(error) ? 'store_refused' : 'store_unavailable'));
  const run: Run = (operation, work) =>
    measured(operation, async () => {
      if (!availability.isUp()) throw new CannotTell('store_unavailable', 'the store does not answer');
      try {
        return await work();
      } catch (error) {
        // One node of a cluster that is silent says nothing of the others.
        const isOfAll = location.place.kind !== 'cluster';
        if (isOfAll && !isRefusal(error) && !(error instanceof CannotTell)) availability.suspect();
        throw error;
      }
    });
  return { redis, run, isUp: availability.isUp };
}

/**
 * Up from the first reply to a probe until the connection is lost or one command is not answered in time. From
 * then on nothing waits for the time-out again: the next probe finds out when the server is back. A probe is a
 * read, as a decision is: that a connection is ready does not say that we may read.
 */
function watchAvailability(redis: Client, probeKey: string, observer: StoreObserver) {
  let state: 'up' | 'down' | undefined;
  const become = (next: 'up' | 'down', reason: string) => {
    if (state === next) return;
    state = next;
    observer.changed(next, reason);
  };
  const probe = () => {
    if (state === 'up' || redis.status !== 'ready') return;
    greet(redis, probeKey).then(
      () => become('up', 'it answers'),
      (error: NodeJS.ErrnoException) => {
        become('down', wordsOf(error));
        setTimeout(probe, PROBE_MILLISECONDS).unref();
      },
    );
  };
  redis.on('ready', probe);
  redis.on('close', () => become('down', 'the connection was closed'));
  redis.on('error', (error: NodeJS.ErrnoException) => {
    become('down', wordsOf(error));
    // A refused SELECT leaves the connection open, on database 0; a reply to no command leaves it out of step. Never
    // go on there.
    if (error instanceof ReplyError || redis.status === 'ready') redis.disconnect(true);
  });
  return {
    isUp: () => state === 'up',
    suspect: () => {
      if (state !== 'up') return;
      become('down', 'a command was not answered in time');
      probe();
    },
  };
}

/** Whether the server answered, and said no. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ReplyError;
}

/** The server's own words ("WRONGPASS …", "LOADING …") say what to do; they name no password and no value. */
function wordsOf(error: NodeJS.ErrnoException): string {
  return error instanceof ReplyError || error instanceof UnfitServer
    ? error.message
    : (error.code ?? error.name);
}
