/** Seconds since the epoch, with a fraction. Passed as a parameter, so that tests can bring their own. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now() / 1000;

/** Milliseconds that never run backwards; only a difference of two means anything. */
export const stopwatch = (): number => performance.now();
