import type { Decision } from '../decision/decide.ts';
import type { Asked, Selected } from '../decision/select.ts';
import { corsOf, type Login, loginOf } from './browser.ts';
import { challengeOf, challengeOfLoop } from './challenge.ts';
import type { GateSettings } from './gate.ts';
import type { RawHeaders } from './identity-headers.ts';
import { pageOf } from './login-loop.ts';
import type { Route } from './routes.ts';
import type { Subrequest } from './subrequest.ts';

/** An answer to a proxy. It has a body where a person has to read it, and nowhere else. */
export type Answer = { readonly status: number; readonly headers: RawHeaders; readonly body?: string };

/** A subrequest, what was decided on it, and by what. */
export type Decided = {
  readonly route: Route;
  readonly subrequest: Subrequest;
  readonly settings: GateSettings;
  readonly asked: Asked;
  readonly selected: Selected | undefined;
  readonly decision: Decision;
  /** In seconds since the epoch. */
  readonly now: number;
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
  const { route, decision, subrequest, settings } = decided;
  const status = route.dialect.statuses[decision.outcome];
  if (status === 200) return { status, headers: [...ALWAYS, ...carried] };
  const denial = denialOf(decided, status);
  return { ...denial, headers: [...denial.headers, ...corsOf(subrequest.rawHeaders, settings.browsers)] };
}

function denialOf(decided: Decided, status: number): Answer {
  const { route, decision, selected } = decided;
  const { dialect, policy } = route;
  if (decision.outcome === 'unavailable') return BROKEN;
  const login = askForLogin(decided);
  if (login !== undefined && 'loopCause' in login) return loopOf(policy.tenant, status, login.loopCause);
  const challenge = challengeOf(decision, policy.tenant, selected?.requirements);
  const headers = challenge === undefined ? ALWAYS : [...ALWAYS, 'WWW-Authenticate', challenge];
  if (login === undefined) return { status, headers };
  return { status: dialect.loginStatus, headers: [...headers, 'Location', login.location] };
}

function askForLogin({ route, subrequest, settings, asked, decision, now }: Decided): Login | undefined {
  const { loginUrl } = route.policy;
  const { browsers, reading } = settings;
  const { cookieName } = reading;
  return loginOf({ decision, asked, rawHeaders: subrequest.rawHeaders, loginUrl, browsers, cookieName, now });
}

/** The one answer that a person reads. */
function loopOf(tenant: string, status: number, cause: string): Answer {
  const body = pageOf(cause);
  const headers = [
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Content-Type',
    'text/plain; charset=utf-8',
    'Cache-Control',
    'no-store',
    'WWW-Authenticate',
    challengeOfLoop(tenant, cause),
  ];
  return { status, headers, body };
}
