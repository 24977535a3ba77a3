import type { Decision } from '../decision/decide.ts';

type Unauthenticated = Extract<Decision, { outcome: 'challenge' | 'reauthenticate' }>;

/** How often a browser is sent to the login page before it is told what is wrong. */
export const MAX_ATTEMPTS = 3;

/** Counted in the address that it comes back to, since it may be cookies that are blocked. */
const NAME = 'postern-attempt';
const OURS = /^postern-attempt=([1-3])\.(\d{1,12})$/;

/** Whoever comes back later kept the address, or had a session there that ended: that is no round of a loop. */
const ROUND_SECONDS = 300;

/** How often it was sent already. A count that we can't have written is none. */
export function attemptsIn(query: string, now: number): number {
  const [count, ...others] = parametersOf(query).filter(isCount);
  const [, attempts, sentAt] = OURS.exec(count ?? '') ?? [];
  if (others.length > 0 || sentAt === undefined) return 0;
  return Math.abs(now - Number(sentAt)) < ROUND_SECONDS ? Number(attempts) : 0;
}

/** The query with this count in it, in the place of any other; the rest stays byte for byte. */
export function withAttempt(query: string, attempt: number, now: number): string {
  const rest = parametersOf(query).filter((parameter) => !isCount(parameter));
  return `?${[...rest, `${NAME}=${attempt}.${Math.floor(now)}`].join('&')}`;
}

/** For the person, and whoever helps them. It can stand in a quoted string (RFC 9110 section 5.6.4). */
export function causeOf(decision: Unauthenticated, cookieName: string): string {
  switch (decision.reason) {
    case 'no_credential':
      return `The browser sent no cookie named ${cookieName}: it is blocked, was set for another domain, or is Secure on a page of http.`;
    case 'expired':
    case 'idle':
      return 'The session was over when the browser came back: two clocks differ, or its life is too short.';
    case 'authentication_age':
    case 'authentication_method':
      return 'The login page does not renew when they logged in (authenticatedAt), or how (amr), as is asked for here.';
    default:
      return `The cookie named ${cookieName} is no session here: the login page writes to another store or tenant, or for another domain, or something else sets the cookie.`;
  }
}

/** What a person sees in the place of the page. */
export function pageOf(cause: string): string {
  return `You were sent to log in ${MAX_ATTEMPTS} times, and this site still does not know you.

${cause}

Tell whoever runs this site. To try again, wait five minutes, or open the page without "${NAME}" in its address.
`;
}

function parametersOf(query: string): readonly string[] {
  return query === '' ? [] : query.slice(1).split('&');
}

function isCount(parameter: string): boolean {
  return parameter === NAME || parameter.startsWith(`${NAME}=`);
}
