import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/schema.ts';
import { composeGateSettings } from '../../src/gate-settings.ts';
import { answerOf } from '../../src/proxy/answer.ts';
import { askedOf } from '../../src/proxy/asked.ts';
import { createFindRoute } from '../../src/proxy/routes.ts';
import { LOGIN, NAVIGATION, NOW } from '../support/browsers.ts';
import { askingFor, DIALECT_NAMES, type DialectName, type Original } from '../support/original.ts';

const settings = composeGateSettings(
  settingsSchema.parse({
    login: { url: LOGIN, hosts: ['app.example.com', '*.shop.example.com', 'dev.example.com:8443'] },
  }),
);
const findRoute = createFindRoute(settings.policies);
const OURS = ['https://app.example.com', 'https://eu.shop.example.com', 'https://dev.example.com:8443'];

/** Where the answer to somebody without a session leads; undefined where nowhere. */
function locationOf(dialect: DialectName, original: Original): string | undefined {
  const { path, headers, method } = askingFor(dialect, original);
  const found = findRoute(path);
  if (found === undefined) return undefined;
  const subrequest = { method, rest: found.rest, rawHeaders: [...headers, ...NAVIGATION] };
  const asked = askedOf(found.route, subrequest, settings);
  const decision = { outcome: 'challenge', reason: 'no_credential' } as const;
  const selected = undefined;
  const answer = answerOf(
    { route: found.route, subrequest, settings, asked, selected, decision, now: NOW },
    [],
  );
  const at = answer.headers.indexOf('Location');
  return at === -1 ? undefined : answer.headers[at + 1];
}

/** RD-02 and its kin: what could pass for one of our hosts, to a careless reader. */
const HOSTS = [
  'app.example.com',
  'APP.Example.COM',
  'app.example.com.',
  'app.example.com:443',
  'eu.shop.example.com',
  'dev.example.com:8443',
  'app.example.com..',
  'app.example.com:8443',
  'app.example.com:80',
  'app.example.com:0443',
  'app.example.com:65979',
  'app.example.com:',
  'app.example.com:443@evil.example',
  'app.example.com.evil.example',
  'evilapp.example.com',
  'evil-app.example.com',
  'app.example.com@evil.example',
  'app.example.com%40evil.example',
  'user:password@app.example.com',
  'evil.example#app.example.com',
  'evil.example?app.example.com',
  'evil.example/app.example.com',
  'evil.example\\app.example.com',
  'evil.example%00app.example.com',
  'evil.example\u0000.app.example.com',
  'evil.example, app.example.com',
  'app.example.com, evil.example',
  'evil.example app.example.com',
  'app.example.com\tevil.example',
  'app.example.com\r\nX: y',
  'a.b.shop.example.com',
  'shop.example.com',
  '.shop.example.com',
  '*.shop.example.com',
  'evil.example/.shop.example.com',
  'evil.example;.shop.example.com',
  'аpp.example.com',
  'app。example.com',
  'app.exaMple.com\u212a',
  'xn--pp-7kc.example.com',
  '127.1',
  '0x7f.1',
  '[::1]',
  '[::1].shop.example.com',
  '//evil.example',
  '',
];

const BEGINNINGS = [
  '/',
  '//',
  '///',
  '/\\',
  '\\/',
  '\\\\',
  '/%09/',
  '/\t/',
  '/\u000b\\',
  '/./\\',
  '/.//',
  '/..//',
  '/%2e%2e//',
  '/%2f',
  '/%5c',
  '/%0d%0a',
  '/;/',
  '/@',
  '/:@',
  '@',
  ':443@',
  '.',
  '',
];

const ENDS = [
  'evil.example',
  'evil.example/%2f..',
  'evil.example/..;/',
  'https://evil.example',
  'https:evil.example',
  'https:///evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'user@evil.example',
  'ⓔvil.example',
  'xn--vil-1ma.example',
  'evil.example\r\nSet-Cookie: session=x',
  'evil%0d%0aLocation:%20//evil.example',
  '?rd=https://evil.example',
  '?x=1&rd=//evil.example&postern-attempt=1',
  '#@evil.example',
  '%23@evil.example',
  '\u0000evil.example',
];

const SCHEMES = [
  'http',
  'HTTPS',
  'javascript',
  'data',
  'ftp',
  'https:',
  'https://evil.example/?',
  ' https',
  '',
];

const CORPUS: readonly Original[] = [
  ...BEGINNINGS.flatMap((beginning) => ENDS.map((end) => ({ uri: beginning + end }))),
  ...HOSTS.flatMap((host) =>
    ['/', '/orders?id=1', '//evil.example', '@evil.example'].map((uri) => ({ host, uri })),
  ),
  ...SCHEMES.flatMap((scheme) => ['/', '//evil.example'].map((uri) => ({ scheme, uri }))),
];

describe.each(DIALECT_NAMES)('the way back that %s is given', (dialect) => {
  const located = CORPUS.flatMap((original) => locationOf(dialect, original) ?? []);

  it('RD-01 RD-02 RD-03 RD-04 is an address of ours, built from canonical parts, or is not there', () => {
    expect(CORPUS.length).toBeGreaterThanOrEqual(600);
    expect(located.length).toBeGreaterThan(50);
    for (const location of located) {
      expect(location).toMatch(/^https:\/\/login\.example\.com\/start\?rd=[\w.!~*'()%-]+$/);
      const rd = new URL(location).searchParams.get('rd') ?? '';
      const read = URL.parse(rd);
      expect(OURS).toContain(read?.origin);
      // As it stands there is as every browser reads it: nothing is left to be trimmed, merged or decoded.
      expect(rd.startsWith(`${read?.origin}${read?.pathname}?`)).toBe(true);
      expect(rd).toMatch(/^[!-~]+$/);
      expect(rd.slice('https://'.length)).not.toMatch(/\/\/[^?]*\?|\\|#/);
      expect([read?.username, read?.password]).toEqual(['', '']);
    }
  });

  it('RD-01 is there for each of our hosts, in its one spelling', () => {
    const origins = located.map((location) => new URL(new URL(location).searchParams.get('rd') ?? '').origin);
    expect(new Set(origins)).toEqual(new Set(OURS));
  });

  it('RD-05 is not what the client asks for', () => {
    const location = locationOf(dialect, { uri: '/?rd=https://evil.example&rd=x' }) ?? '';
    expect(new URL(location).searchParams.getAll('rd')).toEqual([
      `https://app.example.com/?rd=https://evil.example&rd=x&postern-attempt=1.${NOW}`,
    ]);
  });
});
