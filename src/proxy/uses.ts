import { type Session, type TouchSession, touchIsDue } from '../decision/session.ts';

/** What is known of the use of sessions, beyond what the store could be told. */
export type Uses = {
  /** Whether the store took every use: then it knows as much as we do. */
  readonly areAllKept: () => boolean;
  /** The session with its last use, where this process saw a later one than the store took. */
  readonly latest: (session: Session) => Session;
  /** Notes a use, where that is due. Returns at once and never throws. */
  readonly note: (session: Session, now: number) => void;
};

const MAX_MISSED = 10_000;
const PAUSE_SECONDS = 1;

/**
 * One write in flight per session: a page that loads a hundred things at once costs one. A store that decides but
 * takes no writes (full, a read-only replica) must not log out who is active: what it refused is remembered here,
 * for so many sessions and no more, and offered again.
 */
export function createUses(touch: TouchSession): Uses {
  const inFlight = new Set<string>();
  const missed = new Map<string, number>();
  /** The row as the store has it, by the session that was made of it: a touch says which row it saw. */
  const rows = new WeakMap<Session, Session>();

  const attempt = async (row: Session, now: number): Promise<void> => {
    try {
      await touch(row, Math.floor(now));
      missed.delete(row.id);
    } catch {
      missed.delete(row.id);
      missed.set(row.id, Math.floor(now));
      const [oldest] = missed.keys();
      if (missed.size > MAX_MISSED && oldest !== undefined) missed.delete(oldest);
    } finally {
      inFlight.delete(row.id);
    }
  };
  return {
    areAllKept: () => missed.size === 0,
    latest(session) {
      const usedAt = missed.get(session.id);
      if (usedAt === undefined || usedAt <= session.lastSeenAt) return session;
      const used = { ...session, lastSeenAt: usedAt };
      rows.set(used, session);
      return used;
    },
    note(session, now) {
      const row = rows.get(session) ?? session;
      const isPausing = now - (missed.get(row.id) ?? 0) < PAUSE_SECONDS;
      if (!touchIsDue(row, now) || inFlight.has(row.id) || isPausing) return;
      inFlight.add(row.id);
      void attempt(row, now);
    },
  };
}
