import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { settingsSchema } from '../../src/config/schema.ts';
import { PRESETS } from '../../src/proxy/presets.ts';

const parse = (identityHeaders: unknown) => settingsSchema.safeParse({ identityHeaders });

/** Every problem, as `place: message`. */
const problemsOf = (identityHeaders: unknown): string[] =>
  parse(identityHeaders).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('the setting identityHeaders', () => {
  it('takes every preset that there is, and no other', () => {
    for (const preset of Object.keys(PRESETS)) expect(parse(preset).data?.identityHeaders).toBe(preset);
    expect(parse(undefined).data?.identityHeaders).toBe('postern');
    expect(problemsOf('authgeer')).toEqual([
      `identityHeaders: must be ${Object.keys(PRESETS).join(', ')}, or a map of names; did you mean authgear?`,
    ]);
    for (const nonsense of ['', 3, true, [], ['X-User'], null]) expect(problemsOf(nonsense)).toHaveLength(1);
  });

  it('takes a map from names to parts of the session, and to claims', () => {
    const map = {
      'X-User': 'subject',
      'X-Level': 'claims.level',
      'X-Uri': 'claims.https://id.example.com/x',
    };
    expect(parse(map).data?.identityHeaders).toEqual([
      ['X-User', 'subject'],
      ['X-Level', { claim: 'level' }],
      ['X-Uri', { claim: 'https://id.example.com/x' }],
    ]);
  });

  it('names a preset in the environment, above a map in the file', () => {
    const loaded = loadSettings(undefined, { POSTERN_IDENTITY_HEADERS: 'remote' });
    expect(loaded).toMatchObject({ ok: true, settings: { identityHeaders: 'remote' } });
    expect(loadSettings(undefined, { POSTERN_IDENTITY_HEADERS: 'remot' })).toEqual({
      ok: false,
      problems: [expect.stringMatching(/^POSTERN_IDENTITY_HEADERS: .*did you mean remote\?$/)],
    });
  });

  it.each([
    ['rols', 'roles'],
    ['Subject', 'subject'],
    ['authenticated', 'authenticatedAt'],
  ])('refuses the field %s, and names the nearest', (field, near) => {
    const [problem, ...others] = problemsOf({ 'X-Name': field });
    expect(problem).toMatch(/^identityHeaders\.X-Name: must be subject, .* or claims\.<name>/);
    expect(problem).toContain(`; did you mean ${near}?`);
    expect(others).toEqual([]);
  });

  it.each([
    'claims.',
    'claims.__proto__',
    'claims.a b',
    'claims.1',
    'xclaims.a',
    'sessionValid',
    'userRoles',
    'toString',
    '',
    3,
    null,
    ['subject'],
    { claim: 'email' },
  ])('HDR-13 refuses the field %j', (field) => {
    expect(problemsOf({ 'X-Name': field })).toHaveLength(1);
  });

  it.each([
    ['X-User', 'x-user'],
    ['X-User', 'X_User'],
    ['X-User', 'x.user'],
    ['X-User-Name', 'X_User.Name'],
    ['X-User', 'X~User'],
  ])('HDR-07 refuses %s beside %s, and says so of both', (one, other) => {
    expect(problemsOf({ [one]: 'subject', 'X-Email': 'claims.email', [other]: 'user' })).toEqual([
      expect.stringContaining(`identityHeaders.${one}: is the same as ${other} `),
      expect.stringContaining(`identityHeaders.${other}: is the same as ${one} `),
    ]);
  });

  it.each(['', 'X User', 'X-User:', 'X-Ünicode', 'X\r\nY', 'X(Y)', '"X"', 'X/Y', 'X\0', 'X@Y', 'X=1'])(
    'HDR-07 refuses %j, which is no name of a header',
    (name) => {
      const [problem, ...others] = problemsOf({ [name]: 'subject' });
      expect(problem).toContain('is no name of a header');
      expect(others).toEqual([]);
    },
  );

  it.each([
    ...['Connection', 'Content-Length', 'Transfer-Encoding', 'Set-Cookie', 'Cookie', 'Authorization'],
    ...['Location', 'WWW-Authenticate', 'Cache-Control', 'Host', 'Upgrade', 'Proxy-Authorization', 'TE'],
    ...['X-Auth-Assertion', 'X-Auth-Session-Valid', 'X-Postern-Gateway', 'X-Envoy-Auth-Headers-To-Remove'],
    ...['X-Forwarded-For', 'X-Original-URL', 'Access-Control-Allow-Origin', 'Retry-After', 'Sec-Fetch-Site'],
    ...['set_cookie', 'X.Auth.Assertion', 'x_envoy_original_path', 'CONTENT-TYPE'],
  ])('HDR-07 refuses %s, which means something else', (name) => {
    expect(problemsOf({ [name]: 'subject' })).toEqual([
      `identityHeaders.${name}: means something else to proxies, browsers or Postern`,
    ]);
  });

  it.each([
    'X-Forwarded-User',
    'X-Hostname',
    'X-Location',
    'Remote-User',
    'Teams',
    'X_User',
    'X-Auth-Subject',
  ])('takes %s', (name) => expect(problemsOf({ [name]: 'subject' })).toEqual([]));

  it('HDR-12 refuses names that leave too little room for what they say', () => {
    const mapOf = (length: number) => ({ [`X-${'a'.repeat(length - 2)}`]: 'subject' });
    expect(problemsOf(mapOf(1_024))).toEqual([]);
    expect(problemsOf(mapOf(1_025))).toEqual(['identityHeaders: the names must be 1 KiB at most together']);
  });
});
