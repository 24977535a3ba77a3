import { stopwatch } from '../lib/clock.ts';

/**
 * Revokes once more what is revoked already. It can be repeated, and ends nothing that began since, as far as the clocks
 * of the servers agree: one that took another's place with a clock that is behind may end what began on it within that
 * time, and who logged in then has to do so again.
 */
export type Again = () => Promise<unknown>;

/** What this process has revoked lately. */
export type Revocations = {
  /** A later one takes the place of an earlier one of the same name. */
  readonly note: (name: string, again: Again) => void;
  /** Oldest first. */
  readonly recent: () => readonly Again[];
};

/** How much is kept: what is older, or more than that, is for the store alone to keep. */
export const REMEMBERED = { seconds: 600, entries: 10_000 };

/** `now` is in milliseconds: no clock that is set forward makes it forget. */
export function createRevocations({ seconds, entries } = REMEMBERED, now = stopwatch): Revocations {
  const noted = new Map<string, { readonly at: number; readonly again: Again }>();
  const forget = () => {
    for (const [name, { at }] of noted) {
      if (noted.size <= entries && at > now() - seconds * 1000) return;
      noted.delete(name);
    }
  };
  return {
    note: (name, again) => {
      noted.delete(name);
      noted.set(name, { at: now(), again });
      forget();
    },
    recent: () => {
      forget();
      return [...noted.values()].map(({ again }) => again);
    },
  };
}
