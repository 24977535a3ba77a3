import { stopwatch } from '../../lib/clock.ts';

const PACE_MILLISECONDS = 1_000;

/** Does it at once. Within a second since the last time it does it later, all that is asked for together; or never. */
export function atMostOnceASecond(work: () => void, otherwise: 'later' | 'never'): () => void {
  let last = Number.NEGATIVE_INFINITY;
  let isDue = false;
  const now = () => {
    isDue = false;
    last = stopwatch();
    work();
  };
  return () => {
    const wait = last + PACE_MILLISECONDS - stopwatch();
    if (wait <= 0) return now();
    if (isDue || otherwise === 'never') return;
    isDue = true;
    setTimeout(now, wait).unref();
  };
}
