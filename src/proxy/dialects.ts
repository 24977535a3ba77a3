import type { Outcome } from '../decision/decide.ts';
import type { RawTarget } from '../decision/target.ts';
import { only, valuesOf } from '../lib/http-server.ts';
import type { Subrequest } from './subrequest.ts';

/** The contract of one family of proxies. A new outcome does not compile until every dialect answers it. */
export type Dialect = {
  readonly name: 'auth-request' | 'forward-auth' | 'ext-authz' | 'resolve';
  readonly statuses: Readonly<Record<Outcome, 200 | 400 | 401 | 403 | 503>>;
  /** Of an answer that sends a browser to the login page. */
  readonly loginStatus: 302 | 401;
  /** Whether the original path follows the name of the policy. */
  readonly takesPath: boolean;
  /** Whether it is there only for policies that let anonymous pass. */
  readonly forAnonymous: boolean;
  /** Whether its answers say if a session is valid, since their status does not. */
  readonly saysValidity: boolean;
  /** The header in which a proxy takes the names of what it removes from the request. */
  readonly removalHeader?: string;
  /** The original request, from the one place where the proxies of this family put it; undefined where it is not there, or there twice. */
  readonly readOriginal: (subrequest: Subrequest) => RawTarget | undefined;
};

/** Traefik, Caddy and HAProxy hand a denial to the client as it is; so does Envoy. */
const WHOLE = {
  allow: 200,
  challenge: 401,
  reauthenticate: 401,
  forbid: 403,
  'malformed-credential': 400,
  'malformed-request': 400,
  unavailable: 503,
} as const;

export const DIALECTS: readonly Dialect[] = [
  {
    name: 'auth-request',
    // nginx turns every status but 2xx, 401 and 403 into 500, and drops the headers of a 403.
    statuses: { ...WHOLE, 'malformed-credential': 401, 'malformed-request': 403 },
    // It takes the header of a 401, and makes a redirect of it itself.
    loginStatus: 401,
    takesPath: false,
    forAnonymous: false,
    saysValidity: false,
    readOriginal: readOriginalUrl,
  },
  {
    name: 'forward-auth',
    statuses: WHOLE,
    loginStatus: 302,
    takesPath: false,
    forAnonymous: false,
    saysValidity: false,
    readOriginal: readForwarded,
  },
  {
    name: 'ext-authz',
    statuses: WHOLE,
    loginStatus: 302,
    takesPath: true,
    forAnonymous: false,
    saysValidity: false,
    removalHeader: 'X-Envoy-Auth-Headers-To-Remove',
    readOriginal: readRequestLine,
  },
  {
    name: 'resolve',
    // It only says who it is; what must not pass is the caller's own affair, and what can't be told is no answer.
    statuses: {
      allow: 200,
      challenge: 200,
      reauthenticate: 200,
      forbid: 403,
      'malformed-credential': 200,
      'malformed-request': 403,
      unavailable: 503,
    },
    loginStatus: 401,
    takesPath: false,
    forAnonymous: true,
    saysValidity: true,
    readOriginal: readOriginalUrl,
  },
];

const ABSOLUTE_URL = /^(https?|wss?):\/\/([^/?#\\]+)(\/.*)$/s;

/** `X-Original-URL`, absolute, and `X-Original-Method`. */
function readOriginalUrl({ rawHeaders }: Subrequest): RawTarget | undefined {
  const [, scheme, host, uri] = ABSOLUTE_URL.exec(only(rawHeaders, 'x-original-url') ?? '') ?? [];
  const method = only(rawHeaders, 'x-original-method');
  if (scheme === undefined || host === undefined || uri === undefined || method === undefined)
    return undefined;
  return { method, scheme, host, uri };
}

/** `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`. */
function readForwarded({ rawHeaders }: Subrequest): RawTarget | undefined {
  const method = only(rawHeaders, 'x-forwarded-method');
  const scheme = only(rawHeaders, 'x-forwarded-proto');
  const host = only(rawHeaders, 'x-forwarded-host');
  const uri = only(rawHeaders, 'x-forwarded-uri');
  if (method === undefined || scheme === undefined || host === undefined || uri === undefined)
    return undefined;
  return { method, scheme, host, uri };
}

/** The request line and `Host`. The scheme is not among them; a proxy may say it in `X-Forwarded-Proto`. */
function readRequestLine({ method, rest, rawHeaders }: Subrequest): RawTarget | undefined {
  const host = only(rawHeaders, 'host');
  const schemes = valuesOf(rawHeaders, 'x-forwarded-proto');
  return host === undefined || schemes.length > 1
    ? undefined
    : { method, scheme: schemes[0], host, uri: rest };
}
