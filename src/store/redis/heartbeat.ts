import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { stopwatch } from '../../lib/clock.ts';

/** In milliseconds: the canaries of a process that ended go by themselves. */
const CANARY_LIFE = 60_000;

/** Each heartbeat has another canary: what comes back late, of one that was given up, is not taken for the next. */
const TURNS = 8;

/**
 * Goes around the whole loop: a canary is read, so that it is tracked, then written, and what is told of it awaited.
 * Whatever changed before the heartbeat began was told before.
 */
export type Heartbeat = {
  /** Rejects where the server did not answer, or refused; what is told of it may come all the same, unless it refused. */
  readonly begin: () => Promise<void>;
  /** For how long one has been under way, in milliseconds; undefined where none is. */
  readonly awaitedFor: () => number | undefined;
  /** What was told. Gives when the heartbeat began that this ends, by the stopwatch. */
  readonly hear: (keys: readonly string[]) => number | undefined;
  /** The one under way may never come back. */
  readonly forget: () => void;
};

export function createHeartbeat(data: Redis, canaryOf: (turn: number) => string): Heartbeat {
  const value = randomBytes(16).toString('base64url');
  let turn = 0;
  let beganAt: number | undefined;
  return {
    async begin() {
      beganAt = stopwatch();
      turn = (turn + 1) % TURNS;
      const canary = canaryOf(turn);
      // A new end where there is one, and no new value: a server that is full still takes that.
      const [, extended] = (await data.pipeline().get(canary).pexpire(canary, CANARY_LIFE).exec()) ?? [];
      if (extended?.[0]) throw extended[0];
      if (extended?.[1] === 0) await data.set(canary, value, 'PX', CANARY_LIFE);
    },
    awaitedFor: () => beganAt && stopwatch() - beganAt,
    hear(keys) {
      if (!keys.includes(canaryOf(turn))) return undefined;
      const ended = beganAt;
      beganAt = undefined;
      return ended;
    },
    forget() {
      beganAt = undefined;
    },
  };
}
