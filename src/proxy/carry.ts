import type { Decision } from '../decision/decide.ts';
import { CannotTell, type Session } from '../decision/session.ts';
import type { Awaitable } from '../lib/awaitable.ts';
import type { Assert, GateSettings } from './gate.ts';
import type { RawHeaders } from './identity-headers.ts';
import type { Route } from './routes.ts';
import { strippedOf } from './stripped.ts';
import type { Subrequest } from './subrequest.ts';

/** A decision, and what its answer carries to the application where it lets the request pass. */
export type Carried = { readonly decision: Decision; readonly headers: RawHeaders };

const NOTHING: RawHeaders = [];

/**
 * A session too large for a proxy's buffers would make the proxy fail in its own way. None is created here;
 * one that is found all the same, made under other settings, does not pass. Nor does one that can't be vouched for.
 */
export function carry(
  decision: Decision,
  route: Route,
  subrequest: Subrequest,
  settings: GateSettings,
  assert: Assert,
): Awaitable<Carried> {
  const { policy, dialect } = route;
  if (dialect.statuses[decision.outcome] !== 200) return { decision, headers: NOTHING };
  const said = dialect.saysValidity ? settings.identity.resolved : settings.identity;
  const pass = (headers: RawHeaders, assertion: string): Carried => ({
    decision,
    headers: withMore(headers, assertion, route, subrequest, settings),
  });
  const session = passedBy(decision);
  if (session === undefined) return pass(said.ofNobody(isDead(decision)), '');
  const { headers, fits } = said.of(session);
  if (!fits) return tooLarge(session);
  const { assertionAudience } = policy;
  if (assertionAudience === undefined) return pass(headers, '');
  return vouch(session, assertionAudience, assert, (assertion) => pass(headers, assertion));
}

function withMore(
  headers: RawHeaders,
  assertion: string,
  { policy, dialect }: Route,
  { rawHeaders }: Subrequest,
  { reading, carriesAssertions }: GateSettings,
): RawHeaders {
  if (!carriesAssertions && !policy.stripsCredentials) return headers;
  return [
    ...headers,
    ...(carriesAssertions ? ['X-Auth-Assertion', assertion] : NOTHING),
    ...(policy.stripsCredentials
      ? strippedOf(rawHeaders, reading.cookieName, dialect.removalHeader)
      : NOTHING),
  ];
}

async function vouch(
  session: Session,
  audience: string,
  assert: Assert,
  pass: (assertion: string) => Carried,
): Promise<Carried> {
  try {
    const assertion = await assert(session, audience);
    return assertion === undefined ? tooLarge(session) : pass(assertion);
  } catch (cause) {
    const reason = cause instanceof CannotTell ? cause.doubt : 'fault';
    return { decision: { outcome: 'unavailable', reason, cause }, headers: NOTHING };
  }
}

function tooLarge(session: Session): Carried {
  return { decision: { outcome: 'forbid', reason: 'identity_too_large', session }, headers: NOTHING };
}

/** The session that was let pass; undefined for a denial, and for who passes as anonymous. */
export function passedBy(decision: Decision): Session | undefined {
  return decision.outcome === 'allow' && decision.reason === 'session' ? decision.session : undefined;
}

/** Whether something was presented, and was no live session. */
function isDead(decision: Decision): boolean {
  if (decision.outcome !== 'allow') return decision.reason !== 'no_credential';
  return decision.reason === 'anonymous' && decision.dead !== undefined;
}
