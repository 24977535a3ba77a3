import type { Redis } from 'ioredis';
import { openConnection, type Reply } from '../load/connection.ts';
import { byCookie } from '../load/questions.ts';
import { countCommands } from '../redis.ts';

/** Rejects where the connection broke. */
export type Ask = (request: string) => Promise<Reply>;

/** In milliseconds, until something that has to be is given up. */
const PATIENCE = 10_000;

export function openAsk(port: number): { readonly ask: Ask; readonly close: () => void } {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  const { ask, close } = openConnection(port, reject);
  return {
    ask: (request) => Promise.race([new Promise<Reply>((resolve) => ask(request, resolve)), failed]),
    close,
  };
}

export type Asker = ReturnType<typeof createAsker>;

/** Asks one replica, whose rows are in this Redis, about one session after the other. */
export function createAsker(ask: Ask, decisionPort: number, redis: Redis) {
  const { before, after } = byCookie(decisionPort, []);
  const counts = { requests: 0, unavailable: 0 };
  /** 503 is no answer, where the machine is busy. */
  const statusOf = async (token: string): Promise<200 | 401 | 503> => {
    const { status } = await ask(before + token + after);
    counts.requests += 1;
    if (status === 503) counts.unavailable += 1;
    if (status === 200 || status === 401 || status === 503) return status;
    throw new Error(`an answer was ${status}`);
  };
  const reads = async () => countCommands(await redis.info('commandstats')).reads;
  return {
    counts,
    /** Until it is allowed without a read: what was not held would be denied by the very next one. */
    untilHeld: async (token: string) => {
      for (const end = performance.now() + PATIENCE; performance.now() < end; ) {
        const readsBefore = await reads();
        const status = await statusOf(token);
        if (status === 401) throw new Error('a live session was denied');
        if (status === 200 && (await reads()) === readsBefore) return;
      }
      throw new Error('a session is read again and again');
    },
    /** Asks without a pause until it is denied; gives when that was. */
    untilDenied: async (token: string) => {
      for (const end = performance.now() + PATIENCE; performance.now() < end; ) {
        if ((await statusOf(token)) === 401) return performance.now();
      }
      throw new Error('a session that has ended still passes');
    },
  };
}
