import { stopwatch } from './clock.ts';

/** Tells at even intervals by how many milliseconds the event loop was late; gives what ends it. */
export type WatchLoop = (tell: (lateMilliseconds: number) => void) => () => void;

const INTERVAL_MILLISECONDS = 50;

/** Each turn of the loop begins with its timers: what is told here is known before any request that waited is read. */
export const watchLoop: WatchLoop = (tell) => {
  let due = stopwatch() + INTERVAL_MILLISECONDS;
  const timer = setInterval(() => {
    const now = stopwatch();
    tell(Math.max(0, now - due));
    due = now + INTERVAL_MILLISECONDS;
  }, INTERVAL_MILLISECONDS).unref();
  return () => clearInterval(timer);
};
