import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/decision/decide.ts';
import type { Target } from '../../src/decision/target.ts';
import { corsOf, type Denied, loginOf } from '../../src/proxy/browser.ts';
import { BROWSERS, deniedOf, LOGIN, NAVIGATION, NOW, ORIGIN } from '../support/browsers.ts';
import { sessionOf } from '../support/sessions.ts';

const session = sessionOf();
const { asked } = deniedOf();

/** Where the login page sends back to; undefined where nobody is sent to it. */
function rdOf(changes: Partial<Denied> = {}): string | undefined {
  const login = loginOf(deniedOf(changes));
  if (login === undefined || 'loopCause' in login) return undefined;
  return new URL(login.location).searchParams.get('rd') ?? '';
}

const at = (changes: Partial<Target>): Partial<Denied> =>
  typeof asked.target === 'object' ? { asked: { ...asked, target: { ...asked.target, ...changes } } } : {};

describe('a person who has to log in', () => {
  it('is sent to the login page, with the way back as its one parameter', () => {
    const rd = encodeURIComponent(`https://app.example.com/orders?id=1&postern-attempt=1.${NOW}`);
    expect(loginOf(deniedOf())).toEqual({ location: `${LOGIN}?rd=${rd}` });
    expect(loginOf(deniedOf({ loginUrl: `${LOGIN}?lang=fr` }))).toEqual({
      location: `${LOGIN}?lang=fr&rd=${rd}`,
    });
  });

  it.each<[string, Decision, boolean]>([
    ['no credential', { outcome: 'challenge', reason: 'no_credential' }, true],
    ['a dead cookie', { outcome: 'challenge', reason: 'expired', source: 'cookie' }, true],
    ['a login too old', { outcome: 'reauthenticate', reason: 'authentication_age', session }, true],
    ['a lack of rights', { outcome: 'forbid', reason: 'role', session }, false],
    ['no rule', { outcome: 'forbid', reason: 'no_rule' }, false],
    ['a broken cookie', { outcome: 'malformed-credential', reason: 'several_session_cookies' }, false],
    ['an untrusted peer', { outcome: 'malformed-request', reason: 'untrusted_peer' }, false],
    ['a store that is away', { outcome: 'unavailable', reason: 'fault', cause: undefined }, false],
  ])('after %s: %j', (_, decision, isSent) => {
    expect(rdOf({ decision }) !== undefined).toBe(isSent);
  });

  it('stays where the policy has no login page, and where the original request is not known', () => {
    expect(rdOf({ loginUrl: undefined })).toBeUndefined();
    expect(rdOf({ asked: { ...asked, target: undefined } })).toBeUndefined();
    expect(rdOf({ asked: { ...asked, target: 'request_path' } })).toBeUndefined();
    expect(rdOf(at({ scheme: undefined }))).toBeUndefined();
  });

  it('stays where the way back is too long for the buffers of some proxy', () => {
    expect(rdOf(at({ query: `?${'x'.repeat(2_800)}` }))).toContain('xxx');
    expect(rdOf(at({ query: `?${'x'.repeat(3_000)}` }))).toBeUndefined();
    // Three characters each, once they are encoded.
    expect(rdOf(at({ query: `?${'='.repeat(1_200)}` }))).toBeUndefined();
  });
});

describe('who navigates', () => {
  it.each<[string, readonly string[]]>([
    ['Fetch Metadata', NAVIGATION],
    ['Fetch Metadata in lower case', NAVIGATION.map((text) => text.toLowerCase())],
    ['Fetch Metadata, whatever is accepted', [...NAVIGATION, 'Accept', '*/*']],
    ['an older browser', ['Accept', 'text/html,application/xhtml+xml,*/*;q=0.8']],
    ['a list in two lines', ['Accept', 'application/xml', 'Accept', 'image/png, Text/HTML;q=0.9']],
    ['a password of the application', [...NAVIGATION, 'Authorization', 'Basic eDp5']],
  ])('is known by %s', (_, rawHeaders) => {
    expect(rdOf({ rawHeaders })).toBeDefined();
  });

  it.each<[string, readonly string[]]>([
    ['says nothing', []],
    ['takes anything', ['Accept', '*/*']],
    ['wants JSON', ['Accept', 'application/json']],
    ['wants what only begins or ends like HTML', ['Accept', 'text/htmlx, x-text/html, text/html5']],
    ['is an XMLHttpRequest', ['Accept', 'text/html', 'X-Requested-With', 'XMLHttpRequest']],
    ['fetches', ['Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty', 'Accept', 'text/html']],
    ['is a frame', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'iframe', 'Accept', 'text/html']],
    ['says half of it', ['Sec-Fetch-Mode', 'navigate', 'Accept', 'text/html']],
    ['says where it comes from alone', ['Sec-Fetch-Site', 'none', 'Accept', 'text/html']],
    ['says it twice', [...NAVIGATION, 'Sec-Fetch-Mode', 'cors']],
    ['opens a WebSocket', ['Sec-Fetch-Mode', 'websocket', 'Sec-Fetch-Dest', 'empty']],
    ['presents a token', [...NAVIGATION, 'Authorization', 'bearer x']],
  ])('RD-06 is not who %s: it gets the 401 as it is', (_, rawHeaders) => {
    expect(rdOf({ rawHeaders })).toBeUndefined();
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'RD-07 is not who sends a %s: nothing is ever replayed',
    (method) => {
      expect(rdOf(at({ method }))).toBeUndefined();
    },
  );

  it('can be who asks for the head alone', () => {
    expect(rdOf(at({ method: 'HEAD' }))).toBeDefined();
  });
});

describe('the host that a browser is sent back to', () => {
  it.each<[string, Partial<Target>, string]>([
    ['one that is named', {}, 'https://app.example.com/'],
    ['one label below', { host: 'eu.shop.example.com' }, 'https://eu.shop.example.com/'],
    ['a port that is named', { host: 'dev.example.com', port: 8443 }, 'https://dev.example.com:8443/'],
    ["the scheme's own port, named", { host: 'own.example.com' }, 'https://own.example.com/'],
  ])('can be %s', (_, target, beginning) => {
    expect(rdOf(at({ path: '/', ...target }))?.split('?')[0]).toBe(beginning);
  });

  it.each<[string, Partial<Target>]>([
    ['RD-02 one that only begins so', { host: 'app.example.com.evil' }],
    ['RD-02 one that only ends so', { host: 'evilapp.example.com' }],
    ['RD-02 two labels below', { host: 'a.b.shop.example.com' }],
    ['RD-02 the name behind the star itself', { host: 'shop.example.com' }],
    ['RD-02 the star itself', { host: '*.shop.example.com.evil' }],
    ['RD-04 http', { scheme: 'http' }],
    ['RD-04 another port', { port: 8443 }],
    ['RD-04 another port than the one named', { host: 'dev.example.com', port: 9443 }],
    ['RD-04 no port, where one is named', { host: 'dev.example.com' }],
    ["RD-04 the other scheme's own port", { host: 'own.example.com', port: 80 }],
  ])('%s is none of ours, and nobody is sent away from there', (_, target) => {
    expect(rdOf(at(target))).toBeUndefined();
  });

  it('RD-04 can be http only where the settings say so', () => {
    const browsers = { ...BROWSERS, hosts: ['app.example.com', 'own.example.com:80'], allowsHttp: true };
    expect(rdOf({ browsers, ...at({ scheme: 'http' }) })).toMatch(/^http:\/\/app\.example\.com\/orders/);
    expect(rdOf({ browsers, ...at({ scheme: 'http', host: 'own.example.com' }) })).toBeDefined();
    expect(rdOf({ browsers, ...at({ host: 'own.example.com' }) })).toBeUndefined();
    expect(rdOf({ browsers, ...at({ scheme: 'http', port: 8080 }) })).toBeUndefined();
  });
});

describe('a script of another origin', () => {
  it('may read a denial where its origin is allowed', () => {
    expect(corsOf(['origin', ORIGIN], BROWSERS)).toEqual(
      [
        ['Access-Control-Allow-Origin', ORIGIN],
        ['Access-Control-Allow-Credentials', 'true'],
        ['Access-Control-Expose-Headers', 'WWW-Authenticate'],
        ['Vary', 'Origin'],
      ].flat(),
    );
  });

  it.each<[string, readonly string[]]>([
    ['none', []],
    ['an empty one', ['Origin', '']],
    ['null', ['Origin', 'null']],
    ['another', ['Origin', 'https://evil.example']],
    ['http', ['Origin', 'http://spa.example.com']],
    ['another port', ['Origin', `${ORIGIN}:8443`]],
    ['one that only begins so', ['Origin', `${ORIGIN}.evil`]],
    ['two', ['Origin', ORIGIN, 'Origin', ORIGIN]],
    ['two in one line', ['Origin', `${ORIGIN}, ${ORIGIN}`]],
    ['another spelling', ['Origin', 'https://SPA.example.com']],
  ])('may not where its origin is %s', (_, rawHeaders) => {
    expect(corsOf(rawHeaders, BROWSERS)).toEqual([]);
  });
});
