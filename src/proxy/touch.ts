import { type Session, type TouchSession, touchIsDue } from '../decision/session.ts';

/** Notes that a session was used, where that is due. Returns at once and never throws. */
export type NoteUse = (session: Session, now: number) => void;

/**
 * One write in flight per session: a page that loads a hundred things at once costs one. A failed touch is
 * nobody's error, since the next use tries again; the store counts it.
 */
export function createNoteUse(touch: TouchSession): NoteUse {
  const inFlight = new Set<string>();
  const attempt = async (session: Session, now: number) => touch(session, Math.floor(now));
  return (session, now) => {
    if (!touchIsDue(session, now) || inFlight.has(session.id)) return;
    inFlight.add(session.id);
    const done = () => inFlight.delete(session.id);
    attempt(session, now).then(done, done);
  };
}
