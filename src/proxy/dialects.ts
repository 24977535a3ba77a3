import type { Outcome } from '../decision/decide.ts';

/** The contract of one family of proxies. A new outcome does not compile until every dialect answers it. */
export type Dialect = {
  readonly name: 'auth-request' | 'forward-auth';
  readonly statuses: Readonly<Record<Outcome, 200 | 400 | 401 | 403 | 503>>;
};

export const DIALECTS: readonly Dialect[] = [
  /** nginx turns every status but 2xx, 401 and 403 into 500, and drops the headers of a 403. */
  {
    name: 'auth-request',
    statuses: {
      allow: 200,
      challenge: 401,
      reauthenticate: 401,
      forbid: 403,
      'malformed-credential': 401,
      'malformed-request': 403,
      unavailable: 503,
    },
  },
  /** Traefik, Caddy and HAProxy hand a denial to the client as it is. */
  {
    name: 'forward-auth',
    statuses: {
      allow: 200,
      challenge: 401,
      reauthenticate: 401,
      forbid: 403,
      'malformed-credential': 400,
      'malformed-request': 400,
      unavailable: 503,
    },
  },
];
