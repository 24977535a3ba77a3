import { CannotTell, type Doubt } from '../decision/session.ts';
import { stopwatch } from '../lib/clock.ts';
import type { StoreObserver } from './store.ts';

/** Runs one operation of a store: measured, and every failure turned into `CannotTell`. */
export type Run = <Result>(operation: string, work: () => Result | Promise<Result>) => Promise<Result>;

export function createRun(observer: StoreObserver, doubtOf: (error: unknown) => Doubt): Run {
  return async (operation, work) => {
    const started = stopwatch();
    try {
      const result = await work();
      observer.called(operation, 'ok', stopwatch() - started);
      return result;
    } catch (cause) {
      const doubt = cause instanceof CannotTell ? cause.doubt : doubtOf(cause);
      observer.called(operation, doubt, stopwatch() - started);
      if (cause instanceof CannotTell) throw cause;
      throw new CannotTell(doubt, `the store could not ${operation}`, { cause });
    }
  };
}
