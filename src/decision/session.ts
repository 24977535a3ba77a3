import type { Awaitable } from '../lib/awaitable.ts';
import type { PresentedJwt } from './credential.ts';
import type { SessionId } from './token.ts';

export type SubjectType = 'user' | 'client';

/** A claim that the session carries for upstreams. */
export type Claim = string | number | boolean | null | readonly (string | number | boolean | null)[];

/** A row of the session table. Fields named `…At` are seconds since the epoch, `…Seconds` are durations. */
export type Session = {
  readonly id: SessionId;
  readonly tenant: string;
  readonly subject: string;
  readonly subjectType: SubjectType;
  /** The application a token was issued to; absent for a user's session. */
  readonly clientId?: string;
  /** The id of the secret, or the thumbprint of the key, that a token was obtained with. */
  readonly credentialId?: string;
  readonly scope: readonly string[];
  readonly roles: readonly string[];
  readonly audience: readonly string[];
  /** Authentication methods, RFC 8176. */
  readonly amr: readonly string[];
  readonly claims: { readonly [name: string]: Claim };
  readonly authenticatedAt: number;
  readonly createdAt: number;
  /** Where there are several, the domain that its cookie was set for: it counts on no host outside. */
  readonly cookieDomain?: string;
  /** The absolute end; nothing extends it. */
  readonly expiresAt: number;
  /** How long the session may go unused; 0 is for ever. */
  readonly idleSeconds: number;
  readonly lastSeenAt: number;
};

/**
 * `undefined` is "there is none". A rejection, or what is thrown, is "can't tell", with a `CannotTell` wherever the cause
 * is known.
 */
export type FindSession = (tenant: string, id: SessionId) => Awaitable<Session | undefined>;

/** Why a JSON Web Token is none that anything may be said of: the first check that it did not pass. */
export type TokenFault =
  | 'jwt_syntax'
  | 'jwt_issuer'
  | 'jwt_key'
  | 'jwt_signature'
  | 'jwt_claims'
  | 'jwt_expired'
  | 'jwt_denied';

/**
 * The session of a JSON Web Token, of ours or of an issuer that the tenant trusts: whatever comes back was verified.
 * `undefined` is "its row is gone", a fault says what is wrong with it, a rejection is "can't tell".
 */
export type FindByJwt = (tenant: string, jwt: PresentedJwt) => Promise<Session | TokenFault | undefined>;

/**
 * Notes that a session was used, unless the row is gone or another has noted it since `session` was read. It
 * never brings a row back and never moves its end.
 */
export type TouchSession = (session: Session, lastSeenAt: number) => Promise<void>;

/** Why the answer is not known. */
export type Doubt =
  | 'store_unavailable'
  | 'store_refused'
  | 'row_unreadable'
  | 'secret_differs'
  | 'issuer_unavailable'
  | 'overloaded';

/** The store, or a foreign issuer, can't tell: not the same as "there is none", and never turned into it. */
export class CannotTell extends Error {
  override readonly name = 'CannotTell';
  readonly doubt: Doubt;

  constructor(doubt: Doubt, message: string, options?: ErrorOptions) {
    super(message, options);
    this.doubt = doubt;
  }
}

export function lifeOf(session: Session, now: number): 'live' | 'expired' | 'idle' {
  if (now >= session.expiresAt) return 'expired';
  if (session.idleSeconds > 0 && now >= session.lastSeenAt + session.idleSeconds) return 'idle';
  return 'live';
}

/** Seldom enough to spare the store, often enough that a session in use never idles out. */
export function touchIsDue(session: Session, now: number): boolean {
  const { idleSeconds } = session;
  if (idleSeconds === 0) return false;
  return now - session.lastSeenAt >= Math.min(Math.max(idleSeconds / 10, 60), idleSeconds / 2);
}
