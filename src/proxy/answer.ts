import type { Decision } from '../decision/decide.ts';
import type { Challenge } from './challenge.ts';
import type { Dialect } from './dialects.ts';
import { ANONYMOUS_HEADERS, type RawHeaders } from './identity-headers.ts';

/** An answer to a proxy: never a body. */
export type Answer = { readonly status: number; readonly headers: RawHeaders };

/**
 * On every answer. Node sends an empty body in chunks unless told its length, and nginx closes its
 * connection after a chunked one.
 */
const ALWAYS: RawHeaders = ['Content-Length', '0', 'Cache-Control', 'no-store'];

export const NOT_FOUND: Answer = { status: 404, headers: ALWAYS };
export const BROKEN: Answer = { status: 503, headers: [...ALWAYS, 'Retry-After', '1'] };

const ANONYMOUS: RawHeaders = [...ALWAYS, ...ANONYMOUS_HEADERS];

/** `identity` belongs to the session of an allow, and is left out of every denial. */
export function answerOf(
  decision: Decision,
  identity: RawHeaders,
  dialect: Dialect,
  challenge: Challenge,
): Answer {
  const status = dialect.statuses[decision.outcome];
  if (decision.outcome === 'allow') {
    return { status, headers: decision.reason === 'anonymous' ? ANONYMOUS : [...ALWAYS, ...identity] };
  }
  if (decision.outcome === 'unavailable') return BROKEN;
  const value = challenge(decision);
  return { status, headers: value === undefined ? ALWAYS : [...ALWAYS, 'WWW-Authenticate', value] };
}
