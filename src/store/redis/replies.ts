import type { Redis } from 'ioredis';
import { createFraming, type Framed } from './framing.ts';

/** What came is no reply to anything that was asked, or nothing that Redis says at all. */
export class BadReply extends Error {
  override readonly name = 'BadReply';
}

/**
 * Stands before the client's own reader of replies, and ends a connection on which something else comes than replies to
 * what was asked. The client would end the process there: it throws in a turn of its own where nobody can catch it,
 * for a `nil` that nobody asked for, for a push, and for what is nested too deep to be printed. It stands before copies of
 * the client too, over which a cluster asks for its slots.
 */
export function guardReplies(redis: Redis): void {
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (options) => {
    const copy = duplicate(options);
    guardReplies(copy);
    return copy;
  };
  redis.on('connect', () => {
    const { stream } = redis;
    // The client has put its reader first, and nothing has come yet.
    const [read] = stream.listeners('data').filter(isCallable);
    const framing = createFraming();
    let rest: Buffer = Buffer.alloc(0);
    const guard = (chunk: Buffer) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const framed = framing(bytes);
      if (read === undefined || framed === undefined || !fits(redis, framed)) {
        stream.destroy(new BadReply('what came was no reply to what was asked'));
        return;
      }
      rest = bytes.subarray(framed.read);
      if (framed.read > 0) read(bytes.subarray(0, framed.read));
    };
    stream.prependListener('data', guard);
    if (read !== undefined) stream.off('data', read);
  });
}

const isCallable = (value: unknown): value is (...args: unknown[]) => unknown => typeof value === 'function';

/** On a subscriber's connection the server speaks unasked, and may as soon as one subscribes. */
function fits(redis: Redis, { replies, publishable }: Framed): boolean {
  if (redis.mode === 'subscriber') return publishable;
  const { commandQueue } = redis;
  if (replies <= commandQueue.length) return true;
  return commandQueue.toArray().some(({ command }) => command.name === 'subscribe');
}
