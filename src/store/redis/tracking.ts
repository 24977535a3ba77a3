import type { Redis } from 'ioredis';
import type { FlushReason, NearCache } from '../near/near-cache.ts';
import { isRefusal } from './errors.ts';
import { createHeartbeat, type Heartbeat } from './heartbeat.ts';
import { guardReplies } from './replies.ts';

const CHANNEL = '__redis__:invalidate';

/** In milliseconds. A link that was cut in silence is noticed after the two together, and one interval more at most. */
const INTERVAL = 500;
const MAX_SILENCE = 2_000;

export type Tracking = { readonly stop: () => void };

/**
 * Redis itself tells what changed of what was read (CLIENT TRACKING). The client drops the pushes of RESP3, so they go
 * to a second connection, in RESP2. Whenever either is lost, what is held is dropped and both are armed anew: after the
 * second one comes back tracking is "on", with a redirect that leads nowhere; after the first one does it is off.
 */
export function createTracking(
  data: Redis,
  subscriber: Redis,
  canaryOf: (turn: number) => string,
  near: NearCache,
): Tracking {
  const heartbeat = createHeartbeat(data, canaryOf);
  const listener = createListener(subscriber, heartbeat, near);
  guardReplies(subscriber);
  let isArmed = false;
  const lose = (reason: FlushReason) => {
    isArmed = false;
    heartbeat.forget();
    near.bypass(reason);
  };
  const arm = async () => {
    const id = await listener.listen();
    if (id === undefined || data.status !== 'ready') return;
    await data.client('TRACKING', 'ON', 'REDIRECT', id);
    isArmed = listener.isStill(id) && data.status === 'ready';
    if (isArmed) await heartbeat.begin();
  };
  const armOnce = onceAtATime(arm);
  // Of a command that was not answered nothing is known: it may be done still, and what is told of it may come.
  const attempt = (work: () => Promise<void>) =>
    void work().catch((error: unknown) => {
      if (isRefusal(error)) lose('refused');
    });
  const tick = () => {
    const awaitedFor = heartbeat.awaitedFor();
    if (!isArmed) return attempt(armOnce);
    if (awaitedFor === undefined) return attempt(heartbeat.begin);
    if (awaitedFor < MAX_SILENCE) return;
    lose('heartbeat_late');
    listener.giveUp();
  };
  const timer = setInterval(tick, INTERVAL).unref();
  for (const connection of [data, subscriber]) {
    connection.on('ready', () => attempt(armOnce));
    connection.on('close', () => lose('connection_lost'));
  }
  return {
    stop: () => {
      clearInterval(timer);
      lose('stopped');
      subscriber.disconnect();
    },
  };
}

function onceAtATime(work: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

type Listener = {
  /** Gives the id of the connection that listens; undefined while there is none. */
  readonly listen: () => Promise<number | undefined>;
  readonly isStill: (id: number) => boolean;
  /** Another connection, please: from now on the one that there is listens no more, however long it takes to close. */
  readonly giveUp: () => void;
};

function createListener(subscriber: Redis, heartbeat: Heartbeat, near: NearCache): Listener {
  let id: number | undefined;
  let lost = 0;
  const forget = () => {
    id = undefined;
    lost += 1;
  };
  const giveUp = () => {
    forget();
    subscriber.disconnect(true);
  };
  subscriber.on('error', () => undefined);
  subscriber.on('close', forget);
  // Not `message`, which would join the keys with commas.
  subscriber.on('messageBuffer', (_channel: Buffer, message: unknown) => {
    if (!Array.isArray(message)) {
      // All was emptied, and what is tracked forgotten.
      heartbeat.forget();
      near.empty('emptied');
      return;
    }
    const keys = message.map(String);
    near.drop(keys);
    const beganAt = heartbeat.hear(keys);
    if (beganAt !== undefined) near.prove(beganAt);
  });
  const subscribe = async () => {
    const lostBefore = lost;
    // Before it subscribes: from then on it takes no such command.
    const own = await subscriber.client('ID');
    await subscriber.subscribe(CHANNEL);
    id = lost === lostBefore ? own : undefined;
    return id;
  };
  return {
    listen: async () => {
      if (id !== undefined || subscriber.status !== 'ready') return id;
      try {
        return await subscribe();
      } catch (error) {
        // Perhaps it listens, and perhaps not.
        if (!isRefusal(error)) giveUp();
        throw error;
      }
    },
    isStill: (told) => id === told,
    giveUp,
  };
}
