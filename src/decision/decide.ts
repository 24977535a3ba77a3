import type { Credential, Malformation, Source } from './credential.ts';
import { type Shortfall, shortfallOf } from './policy.ts';
import { AMBIGUOUS, type Selected } from './select.ts';
import { type Doubt, lifeOf, type Session, type TokenFault } from './session.ts';
import type { TargetFault } from './target.ts';

/** The answer to "who is this, and may they pass?", as a value. */
export type Decision =
  | { readonly outcome: 'allow'; readonly reason: 'session'; readonly session: Session }
  | { readonly outcome: 'allow'; readonly reason: 'anonymous'; readonly dead: Dead | undefined }
  | { readonly outcome: 'allow'; readonly reason: 'preflight' }
  | { readonly outcome: 'challenge'; readonly reason: 'no_credential' }
  | { readonly outcome: 'challenge'; readonly reason: Dead; readonly source: Source }
  | { readonly outcome: 'reauthenticate'; readonly reason: Staleness; readonly session: Session }
  | { readonly outcome: 'forbid'; readonly reason: Lack; readonly session: Session }
  | { readonly outcome: 'forbid'; readonly reason: 'no_rule' | 'rule_denies' | 'client_network' }
  | { readonly outcome: 'malformed-credential'; readonly reason: Malformation }
  | { readonly outcome: 'malformed-request'; readonly reason: RequestFault }
  | { readonly outcome: 'unavailable'; readonly reason: Doubt | 'fault'; readonly cause: unknown };

export type Outcome = Decision['outcome'];
export type Reason = Decision['reason'];

/** Why what was presented is no live session. */
export type Dead = 'foreign' | 'unknown' | 'expired' | 'idle' | 'cookie_domain' | TokenFault;

/** What is known of a credential: its session, "none", or what is wrong with the token. */
export type Finding = Session | TokenFault | undefined;

/** What a new login could mend. */
export type Staleness = 'authentication_method' | 'authentication_age';

/** Why a live session may not pass. */
export type Lack = Exclude<Shortfall, Staleness> | 'identity_too_large';

/** Why a subrequest is not one that can be answered: not our proxy's, or the original request can't be told from it. */
export type RequestFault = TargetFault | 'request_ambiguous' | 'untrusted_peer' | 'gateway_secret';

const ANONYMOUS: Decision = { outcome: 'allow', reason: 'anonymous', dead: undefined };
const NO_CREDENTIAL: Decision = { outcome: 'challenge', reason: 'no_credential' };

/**
 * Synchronous and total. That the store can't tell is never an argument here. `now` is in seconds since the epoch.
 */
export function decide(credential: Credential, finding: Finding, selected: Selected, now: number): Decision {
  const decision = judge(credential, finding, selected, now);
  return decision.outcome === 'allow' && selected.isAmbiguous ? AMBIGUOUS : decision;
}

function judge(credential: Credential, finding: Finding, selected: Selected, now: number): Decision {
  const { tenant, requirements } = selected;
  if (credential.kind === 'malformed') {
    return { outcome: 'malformed-credential', reason: credential.malformation };
  }
  if (credential.kind === 'none') return requirements.anonymous ? ANONYMOUS : NO_CREDENTIAL;
  const { source } = credential;
  if (credential.kind === 'foreign') return decideDead('foreign', source, selected);
  if (typeof finding === 'string') return decideDead(finding, source, selected);
  if (finding === undefined || !isFor(finding, credential) || finding.tenant !== tenant) {
    return decideDead('unknown', source, selected);
  }
  if (!isAtHome(finding, selected.host)) return decideDead('cookie_domain', source, selected);
  const life = lifeOf(finding, now);
  return life === 'live' ? decideLive(finding, selected, now) : decideDead(life, source, selected);
}

/** Whoever finds the session of a JSON Web Token has verified that it is; a row is held against the id asked for. */
function isFor(session: Session, credential: Credential): boolean {
  return credential.kind === 'jwt' || (credential.kind === 'token' && session.id === credential.id);
}

/**
 * Of several domains, a cookie counts where it was set, also when its token comes as a Bearer: one site that leaks it
 * does not open the others.
 */
function isAtHome({ cookieDomain }: Session, host: string | undefined): boolean {
  if (cookieDomain === undefined) return true;
  return host === cookieDomain || host?.endsWith(`.${cookieDomain}`) === true;
}

/** A dead cookie may only mean that a browser kept it too long; a dead Bearer token was presented on purpose. */
function decideDead(reason: Dead, source: Source, { requirements }: Selected): Decision {
  return requirements.anonymous && source === 'cookie'
    ? { outcome: 'allow', reason: 'anonymous', dead: reason }
    : { outcome: 'challenge', reason, source };
}

function decideLive(session: Session, { requirements }: Selected, now: number): Decision {
  const reason = shortfallOf(session, requirements, now);
  if (reason === undefined) return { outcome: 'allow', reason: 'session', session };
  return isStale(reason)
    ? { outcome: 'reauthenticate', reason, session }
    : { outcome: 'forbid', reason, session };
}

function isStale(reason: Shortfall): reason is Staleness {
  return reason === 'authentication_method' || reason === 'authentication_age';
}
