import { IDENTITY_HEADER_NAMES } from '../proxy/presets.ts';

/** As CGI, WSGI and many a framework do: `X-Auth-Subject`, `x_auth_subject` and `X.Auth.Subject` are one name. */
export function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_');
}

/** What an application behind Postern believes. */
export const BELIEVED: readonly string[] = [...IDENTITY_HEADER_NAMES, 'X-Auth-Assertion'];

/** What applications believe behind others. Ours says nothing of them, so a proxy may let them pass. */
export const BELIEVED_ELSEWHERE: readonly string[] = [
  'Remote-User',
  'Remote-Groups',
  'Remote-Email',
  'X-Remote-User',
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Auth-Request-User',
  'X-Auth-Request-Email',
  'X-Authgear-User-Id',
  'X-Authgear-Session-Valid',
  'X-WebAuth-User',
];

/** How one name can be written so that some application takes it for the same. */
export const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.toUpperCase(),
  (name) => name.toLowerCase(),
  (name) => name.replaceAll(/[a-z]/g, (letter, at: number) => (at % 2 === 0 ? letter.toUpperCase() : letter)),
  (name) => name.replaceAll('-', '_'),
  (name) => name.replace('-', '_'),
  (name) => name.replace(/-(?=[^-]*$)/, '_'),
  (name) => name.replaceAll('-', '.'),
  (name) => name.replace(/-(?=[^-]*$)/, '.'),
];

/** RFC 9110 section 5.6.2: all else that may stand in a name. Some take it for an underscore as well. */
export const MARKS: readonly string[] = [..."!#$%&'*+^`|~"];
