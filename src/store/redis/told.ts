import { stopwatch } from '../../lib/clock.ts';
import type { StoreObserver } from '../store.ts';

const REPEAT_MILLISECONDS = 30_000;
/** So that a server that always says something else does not fill the log. */
const MAX_REASONS = 8;

/**
 * Tells of every change of state; and while the store is down, of each new reason, but of the same one no more often
 * than every 30 s. `now` is in milliseconds.
 */
export function createTeller(
  changed: StoreObserver['changed'],
  now: () => number = stopwatch,
): StoreObserver['changed'] {
  let state: 'up' | 'down' | undefined;
  const told = new Map<string, number>();
  return (next, reason) => {
    const time = now();
    for (const [old, at] of told) if (time - at >= REPEAT_MILLISECONDS) told.delete(old);
    const isNews = next === 'down' && !told.has(reason) && told.size < MAX_REASONS;
    if (next === state && !isNews) return;
    state = next;
    if (next === 'down') told.set(reason, time);
    changed(next, reason);
  };
}
