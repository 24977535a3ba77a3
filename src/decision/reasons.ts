import type { Malformation } from './credential.ts';
import type { Dead } from './decide.ts';
import type { Doubt } from './session.ts';
import type { TargetFault } from './target.ts';

/** Why the original request can't be read in one way, in words. */
export const UNREADABLE: Readonly<Record<TargetFault | 'request_ambiguous', string>> = {
  request_missing:
    'the rules go by the original request, and it is missing, or there twice, or its URL is not absolute',
  request_method: 'its method is not one in capitals',
  request_scheme: 'its scheme is none of http, https, ws and wss',
  request_host: 'its host is not one name or address',
  request_path: 'servers could read its path differently, or its path and query are too long',
  request_ambiguous:
    'for a server that cuts off what follows a ";", or merges slashes last, another rule would apply, or none',
};

export const MALFORMED: Readonly<Record<Malformation, string>> = {
  several_authorization_headers: 'There are several Authorization headers.',
  bearer_syntax: 'What follows "Bearer" in Authorization is not one token (RFC 6750 section 2.1).',
  bearer_too_long: 'The token in Authorization is longer than 8 KiB.',
  several_session_cookies: 'There are several session cookies.',
};

/** Why what was presented is no live session. */
export const DEAD: Readonly<Record<Dead, string>> = {
  foreign: 'It is no token of ours, and no JSON Web Token in the place of one.',
  unknown: 'There is no such session in this tenant: it never was, it was revoked, or it ended.',
  expired: 'It has ended.',
  idle: 'It went unused for too long.',
  cookie_domain: 'Its cookie was set for another domain than the host of the request, or that is not known.',
  jwt_syntax: 'It is no JSON Web Token in its one spelling, or has an ID token beside it that nobody takes.',
  jwt_issuer: 'Its issuer is none that this tenant trusts.',
  jwt_key: 'Its issuer has no such key, or that is for another algorithm.',
  jwt_signature: 'Its signature is not that of its issuer.',
  jwt_claims: 'One of its claims, or its type, is not as it must be.',
  jwt_expired: 'It has expired.',
  jwt_denied: 'It is denied here.',
};

/** Why the answer is not known. */
export const DOUBTFUL: Readonly<Record<Doubt | 'fault', string>> = {
  store_unavailable: 'The store does not answer.',
  store_refused: 'The store refused the call; its log says why.',
  row_unreadable: "Its row, or what it counts by, can't be read.",
  secret_differs: 'The store was used with another "secretKey" before.',
  issuer_unavailable: 'No key of its issuer is known, and that does not answer.',
  overloaded: 'Too many signatures wait to be verified.',
  fault: 'Postern itself failed; its log says more.',
};
