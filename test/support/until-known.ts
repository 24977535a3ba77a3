import { setImmediate } from 'node:timers/promises';
import { CannotTell } from '../../src/decision/session.ts';

/** Repeats what rejects because it is not known, as while a server is away; whatever else it comes to is the answer. */
export async function untilKnown<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CannotTell)) throw error;
      await setImmediate();
    }
  }
}
