import { RateLimiterRes } from 'rate-limiter-flexible';

/**
 * Twenty failures of a key within 60 seconds are free; whoever fails once more is refused for 60 seconds, and for up to
 * 60 more by a replica that learns of it at the end of them. Failing meanwhile draws nothing out: that would be a way to
 * lock others out.
 */
export const STRIKES = {
  points: 20,
  /** In seconds. */
  duration: 60,
  /** In seconds. */
  blockDuration: 60,
};

/** In seconds, rounded up; 0 where the limiter lets the failure pass. It rejects, with no error, where it does not. */
export async function secondsRefused(consumed: Promise<unknown>): Promise<number> {
  try {
    await consumed;
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw refusal;
  }
}
