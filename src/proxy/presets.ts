import { headersOf } from './identity-fields.ts';

/** The preset that is there unless the settings say otherwise. */
export const POSTERN = headersOf([
  ['X-Auth-Subject', 'subject'],
  ['X-Auth-Subject-Type', 'subjectType'],
  ['X-Auth-Tenant', 'tenant'],
  ['X-Auth-Client-Id', 'clientId'],
  ['X-Auth-Session-Id', 'sessionId'],
  ['X-Auth-Scope', 'scope'],
  ['X-Auth-Roles', 'roles'],
  ['X-Auth-Audience', 'audience'],
  ['X-Auth-Email', 'email'],
  ['X-Auth-Name', 'name'],
  ['X-Auth-Amr', 'amr'],
  ['X-Auth-Authenticated-At', 'authenticatedAt'],
  ['X-Auth-Expires-At', 'expiresAt'],
]);

/** As Authgear's resolver answers; what it leaves out is empty. */
const AUTHGEAR = headersOf([
  ['X-Authgear-Session-Valid', 'sessionValid'],
  ['X-Authgear-User-Id', 'user'],
  ['X-Authgear-User-Anonymous', 'userIsAnonymous'],
  ['X-Authgear-User-Verified', 'userIsVerified'],
  ['X-Authgear-User-Can-Reauthenticate', 'userCanReauthenticate'],
  ['X-Authgear-User-Roles', 'userRoles'],
  ['X-Authgear-Session-Amr', 'amr'],
  ['X-Authgear-Session-Authenticated-At', 'authenticatedAt'],
]);

/** As oauth2-proxy answers with `--set-xauthrequest`. */
const X_AUTH_REQUEST = headersOf([
  ['X-Auth-Request-User', 'user'],
  ['X-Auth-Request-Email', 'userEmail'],
  ['X-Auth-Request-Groups', 'userRoles'],
  ['X-Auth-Request-Preferred-Username', 'userPreferredUsername'],
]);

/** As Authelia answers. */
const REMOTE = headersOf([
  ['Remote-User', 'user'],
  ['Remote-Groups', 'userRoles'],
  ['Remote-Name', 'userName'],
  ['Remote-Email', 'userEmail'],
]);

/** By their names in the settings. */
export const PRESETS = {
  postern: POSTERN,
  authgear: AUTHGEAR,
  'x-auth-request': X_AUTH_REQUEST,
  remote: REMOTE,
};

export const IDENTITY_HEADER_NAMES: readonly string[] = POSTERN.map(({ name }) => name);
