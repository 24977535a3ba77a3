import type { Credential, Malformation, Source } from './credential.ts';
import { type Policy, type Shortfall, shortfallOf } from './policy.ts';
import { type Doubt, lifeOf, type Session, type TokenFault } from './session.ts';

/** The answer to "who is this, and may they pass?", as a value. */
export type Decision =
  | { readonly outcome: 'allow'; readonly reason: 'session'; readonly session: Session }
  | { readonly outcome: 'allow'; readonly reason: 'anonymous' }
  | { readonly outcome: 'challenge'; readonly reason: 'no_credential' }
  | { readonly outcome: 'challenge'; readonly reason: Dead; readonly source: Source }
  | { readonly outcome: 'reauthenticate'; readonly reason: 'authentication_age'; readonly session: Session }
  | { readonly outcome: 'forbid'; readonly reason: Lack; readonly session: Session }
  | { readonly outcome: 'malformed-credential'; readonly reason: Malformation }
  | { readonly outcome: 'malformed-request'; readonly reason: 'untrusted_peer' }
  | { readonly outcome: 'unavailable'; readonly reason: Doubt | 'fault'; readonly cause: unknown };

export type Outcome = Decision['outcome'];
export type Reason = Decision['reason'];

/** Why what was presented is no live session. */
export type Dead = 'foreign' | 'unknown' | 'expired' | 'idle' | TokenFault;

/** What is known of a credential: its session, "none", or what is wrong with the token. */
export type Finding = Session | TokenFault | undefined;

/** Why a live session may not pass. */
export type Lack = Exclude<Shortfall, 'authentication_age'> | 'identity_too_large';

const ANONYMOUS: Decision = { outcome: 'allow', reason: 'anonymous' };
const NO_CREDENTIAL: Decision = { outcome: 'challenge', reason: 'no_credential' };

/**
 * Synchronous and total. That the store can't tell is never an argument here. `now` is in seconds since the epoch.
 */
export function decide(credential: Credential, finding: Finding, policy: Policy, now: number): Decision {
  if (credential.kind === 'malformed') {
    return { outcome: 'malformed-credential', reason: credential.malformation };
  }
  if (credential.kind === 'none') return policy.anonymous ? ANONYMOUS : NO_CREDENTIAL;
  const { source } = credential;
  if (credential.kind === 'foreign') return decideDead('foreign', source, policy);
  if (typeof finding === 'string') return decideDead(finding, source, policy);
  if (finding === undefined || !isFor(finding, credential) || finding.tenant !== policy.tenant) {
    return decideDead('unknown', source, policy);
  }
  const life = lifeOf(finding, now);
  return life === 'live' ? decideLive(finding, policy, now) : decideDead(life, source, policy);
}

/** Whoever finds the session of a JSON Web Token has verified that it is; a row is held against the id asked for. */
function isFor(session: Session, credential: Credential): boolean {
  return credential.kind === 'jwt' || (credential.kind === 'token' && session.id === credential.id);
}

/** A dead cookie may only mean that a browser kept it too long; a dead Bearer token was presented on purpose. */
function decideDead(reason: Dead, source: Source, policy: Policy): Decision {
  return policy.anonymous && source === 'cookie' ? ANONYMOUS : { outcome: 'challenge', reason, source };
}

function decideLive(session: Session, policy: Policy, now: number): Decision {
  const reason = shortfallOf(session, policy, now);
  if (reason === undefined) return { outcome: 'allow', reason: 'session', session };
  return reason === 'authentication_age'
    ? { outcome: 'reauthenticate', reason, session }
    : { outcome: 'forbid', reason, session };
}
