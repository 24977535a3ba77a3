import type { FindSession, Session } from '../decision/session.ts';
import type { SessionId } from '../decision/token.ts';

/**
 * What the administrator does to the session table. A rejection means that it is not known whether the step
 * was taken; every step can be repeated.
 */
export type SessionTable = {
  create(session: Session): Promise<void>;
  /** Puts `next` in the place of `old`, of the same subject; false, and nothing done, where `old` is gone. */
  rotate(old: Session, next: Session): Promise<boolean>;
  /** Also where it is gone already. */
  revoke(tenant: string, id: SessionId): Promise<void>;
  /** In one step: of the sessions created before, however many, none survives. */
  revokeSubject(tenant: string, subject: string): Promise<void>;
};

export type SessionDirectory = {
  readonly find: FindSession;
  /** Newest first. */
  list(tenant: string, subject: string, page: PageRequest): Promise<Page>;
};

/** `before` is the `next` of the page before: a place in the list of this subject, and of no other meaning. */
export type PageRequest = { readonly limit: number; readonly before?: number };

/** `next` is absent on the last page. */
export type Page = { readonly sessions: readonly Session[]; readonly next?: number };
