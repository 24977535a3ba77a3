import type { Decision } from '../decision/decide.ts';
import type { Asked, Selected } from '../decision/select.ts';
import { challengeOf } from './challenge.ts';
import type { GateSettings } from './gate.ts';
import type { RawHeaders } from './identity-headers.ts';
import type { Route } from './routes.ts';
import type { Subrequest } from './subrequest.ts';

/** An answer to a proxy: never a body. */
export type Answer = { readonly status: number; readonly headers: RawHeaders };

/** A subrequest, what was decided on it, and by what. */
export type Decided = {
  readonly route: Route;
  readonly subrequest: Subrequest;
  readonly settings: GateSettings;
  readonly asked: Asked;
  readonly selected: Selected | undefined;
  readonly decision: Decision;
};

/**
 * On every answer. Node sends an empty body in chunks unless told its length, and nginx closes its
 * connection after a chunked one.
 */
const ALWAYS: RawHeaders = ['Content-Length', '0', 'Cache-Control', 'no-store'];

export const NOT_FOUND: Answer = { status: 404, headers: ALWAYS };
export const BROKEN: Answer = { status: 503, headers: [...ALWAYS, 'Retry-After', '1'] };

/** `carried` is what an allow of this decision carries. */
export function answerOf(decided: Decided, carried: RawHeaders): Answer {
  const { route, decision, selected } = decided;
  const status = route.dialect.statuses[decision.outcome];
  if (status === 200) return { status, headers: [...ALWAYS, ...carried] };
  if (decision.outcome === 'unavailable') return BROKEN;
  const challenge = challengeOf(decision, route.policy.tenant, selected?.requirements);
  return { status, headers: challenge === undefined ? ALWAYS : [...ALWAYS, 'WWW-Authenticate', challenge] };
}
