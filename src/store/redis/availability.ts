import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { CannotTell } from '../../decision/session.ts';
import type { StoreObserver } from '../store.ts';
import { NotTheOne } from '../unreadable.ts';
import { AWAY, type Finding, type Sign, step } from './breaker.ts';
import { CLOSED, FOREIGN, isReadOnly, isRefusal, UNANSWERED, UnfitServer, wordsOf } from './errors.ts';
import { createFollow } from './follow.ts';
import { greet } from './greeting.ts';
import { atMostOnceASecond } from './pace.ts';
import { guardReplies } from './replies.ts';
import { createTeller } from './told.ts';

const REST_MILLISECONDS = 100;
/** How long a link may be silent, or out of step, before anybody notices who has no request to answer. */
const BEAT_MILLISECONDS = 1_000;

/** What is known of whether a store answers, and of how far its replies can be believed. */
export type Availability = {
  readonly isUp: () => boolean;
  /** Commands that wait for their replies. */
  readonly waiting: () => number;
  /** Another number from the moment on in which replies came into question: what comes then is not to be believed. */
  readonly trusted: () => number;
  /** The bytes that were received so far: as many as before say that the link is silent. */
  readonly received: () => number;
  /** An operation failed; when it began, so many bytes had been received. */
  readonly failed: (error: unknown, received: number) => Promise<void>;
};

/**
 * Takes the steps of the breaker: for what happens to the connection, when time is over, and at each probe. `reached` is
 * called whenever the server answers again, before anybody reads: it may be another one than before.
 */
export function watchServer(
  redis: Redis,
  probeKey: string,
  observer: StoreObserver,
  reached: () => void,
): Availability {
  guardReplies(redis);
  let breaker = AWAY;
  let trusted = 0;
  const tell = createTeller(observer.changed);
  const drop = atMostOnceASecond(() => {
    // Not a connection that was made since.
    if (breaker.phase === 'away' && redis.status === 'ready') redis.stream.destroy();
  }, 'later');
  const take = (sign: Sign, reason?: string) => {
    const wasClosed = breaker.phase === 'closed';
    const { breaker: next, act } = step(breaker, sign);
    breaker = next;
    if (breaker.phase === 'closed' && !wasClosed) reached();
    if (breaker.phase === 'closed') tell('up', 'it answers');
    else if (reason !== undefined) tell('down', reason);
    if (act === 'probe') ask(breaker.probe);
    if (act === 'rest') setTimeout(rested, REST_MILLISECONDS).unref();
    if (act !== 'reset') return;
    trusted += 1;
    drop();
  };
  const rested = () => take({ type: 'rested', drained: redis.commandQueue.length === 0 });
  const suspect = async (received: number) => {
    // Where it was us who stood still, the reply lies there unread.
    await setImmediate();
    if (redis.stream.bytesRead === received) take({ type: 'doubted' }, UNANSWERED);
  };
  const ask = async (probe: number) => {
    const { bytesRead } = redis.stream;
    const { finding, reason } = await findOut(redis, probeKey, breaker.phase !== 'closed');
    take({ type: 'probed', probe, finding }, reason);
    if (finding === 'unanswered') await suspect(bytesRead);
  };
  const doubt = atMostOnceASecond(() => {
    trusted += 1;
    take({ type: 'doubted' }, FOREIGN);
  }, 'never');
  const reset = (reason: string) => take({ type: 'distrusted' }, reason);
  listen(redis, { take, tell, reset });
  return {
    isUp: () => breaker.phase === 'closed',
    waiting: () => redis.commandQueue.length,
    trusted: () => trusted,
    received: () => redis.stream.bytesRead,
    failed: createJudge(redis, { doubt, reset, suspect }),
  };
}

/** What an error says of the connection, where it says anything: no refusal does. */
function createJudge(
  redis: Redis,
  act: {
    readonly doubt: () => void;
    readonly reset: (reason: string) => void;
    readonly suspect: (received: number) => Promise<void>;
  },
): Availability['failed'] {
  const follow = createFollow(redis, () => act.reset(DEMOTED));
  return async (error, received) => {
    if (error instanceof NotTheOne) act.doubt();
    else if (isReadOnly(error)) follow();
    else if (!isRefusal(error) && !(error instanceof CannotTell)) await act.suspect(received);
  };
}

type Listener = {
  readonly take: (sign: Sign, reason?: string) => void;
  readonly tell: StoreObserver['changed'];
  readonly reset: (reason: string) => void;
};

function listen(redis: Redis, { take, tell, reset }: Listener): void {
  const beat = setInterval(take, BEAT_MILLISECONDS, { type: 'beat' }).unref();
  // An error says more than the close that comes after it.
  let why = CLOSED;
  redis.on('ready', () => {
    why = CLOSED;
    take({ type: 'connected' });
  });
  redis.on('close', () => {
    take({ type: 'lost' }, why);
    why = CLOSED;
  });
  redis.on('end', () => clearInterval(beat));
  redis.on('error', (error: NodeJS.ErrnoException) => {
    why = wordsOf(error);
    // The client goes on after a reply to no command.
    if (redis.status === 'ready') return reset(why);
    tell('down', why);
    // A refused SELECT leaves the connection open, on database 0. Never go on there.
    if (isRefusal(error)) redis.disconnect(true);
  });
}

const DEMOTED = 'it takes no writes, and its name leads to another one';

type Found = { readonly finding: Finding; readonly reason?: string };

/**
 * A read, as a decision is: that a connection is ready does not say that we may read. And a text that nobody has said
 * before: who says another one answers something else.
 */
async function findOut(redis: Redis, key: string, isNew: boolean): Promise<Found> {
  const text = randomUUID();
  const replies = await Promise.allSettled([isNew ? greet(redis, key) : redis.get(key), redis.echo(text)]);
  const errors = replies.flatMap((reply) => (reply.status === 'rejected' ? [reply.reason] : []));
  const refusal = errors.find((error) => isRefusal(error) || error instanceof UnfitServer);
  if (refusal !== undefined) return { finding: 'refused', reason: wordsOf(refusal) };
  if (errors.length > 0) return { finding: 'unanswered', reason: UNANSWERED };
  const [, echo] = replies;
  return echo.status === 'fulfilled' && echo.value === text
    ? { finding: 'answered' }
    : { finding: 'foreign', reason: FOREIGN };
}
