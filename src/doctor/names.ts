import { PRESETS } from '../proxy/presets.ts';

/** As CGI, WSGI and many a framework do: `X-Auth-Subject`, `x_auth_subject` and `X.Auth.Subject` are one name. */
export function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_');
}

/** What an application behind Postern believes, as the setting `identityHeaders` has it. */
export type Identity = {
  readonly names: readonly string[];
  /** Those of them that are never empty of somebody who has a session. */
  readonly who: readonly string[];
  /** What a header may say of nobody, beside nothing. */
  readonly nobody: (name: string) => readonly string[];
};

const ASSERTION = 'X-Auth-Assertion';

/** By the names of the presets. */
export const IDENTITIES: Readonly<Record<keyof typeof PRESETS, Identity>> = {
  postern: identityOf('postern', 'X-Auth-Subject', 'X-Auth-Subject-Type'),
  authgear: identityOf('authgear', 'X-Authgear-User-Id'),
  'x-auth-request': identityOf('x-auth-request', 'X-Auth-Request-User'),
  remote: identityOf('remote', 'Remote-User'),
};

function identityOf(preset: keyof typeof PRESETS, ...who: readonly string[]): Identity {
  const rows = PRESETS[preset];
  const said = new Map(rows.map(({ name, ofNobody }) => [name, [ofNobody?.(false), ofNobody?.(true)]]));
  return {
    names: [...rows.map(({ name }) => name), ASSERTION],
    who,
    nobody: (name) => said.get(name)?.filter((value) => value !== undefined) ?? [],
  };
}

/** A map of one's own: its first header says who it is. Undefined where there is none. */
export function identityOfMap(names: readonly string[]): Identity | undefined {
  const [first] = names;
  return first === undefined
    ? undefined
    : { names: [...names, ASSERTION], who: [first], nobody: () => ['anonymous'] };
}

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
