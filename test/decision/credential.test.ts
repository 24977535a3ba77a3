import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCredential } from '../../src/decision/credential.ts';
import { mintToken } from '../../src/decision/token.ts';

const { token, id } = mintToken('ada');
const TOKEN = token.reveal();

const read = (...rawHeaders: string[]) =>
  readCredential(rawHeaders, { cookieName: 'session', takesPairs: false });
const NONE = { kind: 'none' };
const COOKIE = { kind: 'token', source: 'cookie', id };
const BEARER = { kind: 'token', source: 'bearer', id };
const malformed = (malformation: string) => ({ kind: 'malformed', malformation });

describe('the Bearer token', () => {
  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `bEaReR ${TOKEN}`])('is read from %j', (value) => {
    expect(read('Authorization', value)).toEqual(BEARER);
    expect(read('authorization', value)).toEqual(BEARER);
  });

  it.each([
    'Bearer',
    'Bearer ',
    `Bearer  ${TOKEN}`,
    `Bearer\t${TOKEN}`,
    `Bearer ${TOKEN} x`,
    `Bearer ${TOKEN},`,
    `Bearer ${TOKEN}, Bearer ${TOKEN}`,
    'Bearer =',
    'Bearer "x"',
    'Bearer,x',
    'Bearer=x',
    `Bearer ${TOKEN}\u00a0`,
  ])('HTTP-08 is malformed in %j', (value) => {
    expect(read('Authorization', value, 'Cookie', `session=${TOKEN}`)).toEqual(malformed('bearer_syntax'));
  });

  it('HTTP-08 bytes beyond ASCII are malformed after the scheme, and another scheme before it', () => {
    expect(read('Authorization', 'Bearer \u00ff\u00e9')).toEqual(malformed('bearer_syntax'));
    expect(read('Authorization', '\u00ffBearer x')).toEqual(NONE);
  });

  it.each(['a.b', 'a.b.c.d', '.b.c', 'a..c', 'a.b.', 'a.b.c=', 'a.b+.c'])(
    'JWT-17 what is not three parts of base64url is no JSON Web Token: %s',
    (value) => {
      expect(read('Authorization', `Bearer ${value}`)).toEqual({ kind: 'foreign', source: 'bearer' });
    },
  );

  it('JWT-14 two tokens are malformed, unless an issuer is known to send them so', () => {
    const readPair = (value: string) =>
      readCredential(['Authorization', value], { cookieName: 'session', takesPairs: true });
    expect(read('Authorization', 'Bearer a.b.c d.e.f')).toEqual(malformed('bearer_syntax'));
    const pair = readPair('Bearer a.b.c d.e.f');
    if (pair.kind !== 'jwt') throw new Error(`it was read as ${pair.kind}`);
    expect([pair.jwt.token.reveal(), pair.jwt.idToken?.reveal()]).toEqual(['a.b.c', 'd.e.f']);
    expect(readPair('Bearer a.b.c').kind).toBe('jwt');
    for (const value of [
      'a.b.c  d.e.f',
      'a.b.c d.e',
      `a.b.c ${TOKEN}`,
      'a.b.c d.e.f g.h.i',
      'a.b.c\td.e.f',
    ]) {
      expect(readPair(`Bearer ${value}`)).toEqual(malformed('bearer_syntax'));
    }
    expect(readPair('Bearer\ta.b.c d.e.f')).toEqual(malformed('bearer_syntax'));
    expect(readPair(`Bearer a.b.c d.e.${'f'.repeat(8192)}`)).toEqual(malformed('bearer_too_long'));
  });

  it('has 8 KiB at most', () => {
    expect(read('Authorization', `Bearer ${'a'.repeat(8192)}`)).toEqual({
      kind: 'foreign',
      source: 'bearer',
    });
    expect(read('Authorization', `Bearer ${'a'.repeat(8193)}`)).toEqual(malformed('bearer_too_long'));
  });

  it('OPQ-08 decides where it is present: a bad one never falls through to the cookie', () => {
    const cookie = ['Cookie', `session=${TOKEN}`];
    expect(read(...cookie, 'Authorization', 'Bearer a.b')).toEqual({ kind: 'foreign', source: 'bearer' });
    expect(read(...cookie, 'Authorization', 'Bearer a.b.c').kind).toBe('jwt');
    expect(read(...cookie, 'Authorization', `Bearer ${TOKEN}`)).toEqual(BEARER);
    expect(read('Authorization', `Bearer ${TOKEN}`, 'Cookie', 'session=a; session=b')).toEqual(BEARER);
  });

  it.each(['Basic YTpi', 'BearerX abc', 'Bearer-Token abc', 'Digest x', 'Negotiate', ''])(
    'another scheme, %j, is not ours and is ignored',
    (value) => {
      expect(read('Authorization', value, 'Cookie', `session=${TOKEN}`)).toEqual(COOKIE);
      expect(read('Authorization', value)).toEqual(NONE);
    },
  );

  it('HTTP-07 two Authorization headers are malformed, whatever is in them', () => {
    for (const other of [`Bearer ${TOKEN}`, 'Basic YTpi', '']) {
      const headers = ['Authorization', `Bearer ${TOKEN}`, 'authorization', other];
      expect(read(...headers)).toEqual(malformed('several_authorization_headers'));
    }
  });

  it('OPQ-07 is read from nowhere else', () => {
    const elsewhere = [
      'X-Access-Token',
      'Access-Token',
      'X-Authorization',
      'Proxy-Authorization',
      'X-Auth-Token',
    ];
    for (const name of elsewhere) expect(read(name, `Bearer ${TOKEN}`)).toEqual(NONE);
  });
});

describe('the session cookie', () => {
  it.each([
    `session=${TOKEN}`,
    `a=b; session=${TOKEN}`,
    `session=${TOKEN}; a=b`,
    `a=b;session=${TOKEN};c=d`,
    `xsession=1; session=${TOKEN}; sessionx=2; Session=3`,
    `session; session=${TOKEN}`,
  ])('is read from %j', (value) => {
    expect(read('Cookie', value)).toEqual(COOKIE);
  });

  it('is read from one of two Cookie headers, as some proxies split them', () => {
    expect(read('Cookie', 'a=b', 'cookie', `session=${TOKEN}`)).toEqual(COOKIE);
  });

  it.each([
    ['SES-02 two of the name', `session=${TOKEN}; session=${TOKEN}`],
    ['SES-02 a good and a bad one', `session=${TOKEN}; session=x`],
    ['SES-02 a bad and a good one', `session=; session=${TOKEN}`],
    ['SES-03 a quoted string with another inside', `$Version=1; session="a; session=${TOKEN}"`],
  ])('%s are malformed', (_, value) => {
    expect(read('Cookie', value)).toEqual(malformed('several_session_cookies'));
  });

  it('SES-02 two of the name in two headers are malformed', () => {
    expect(read('Cookie', `session=${TOKEN}`, 'Cookie', `session=${TOKEN}`)).toEqual(
      malformed('several_session_cookies'),
    );
  });

  it.each([
    `\u00a0session=${TOKEN}`,
    `\u2000session=${TOKEN}`,
    `a=b;  session=${TOKEN}`,
    `a=b;\tsession=${TOKEN}`,
    `session =${TOKEN}`,
    `Session=${TOKEN}`,
    `"session"=${TOKEN}`,
    `a=session=${TOKEN}`,
    `a=b, session=${TOKEN}`,
    `__Host-session=${TOKEN}`,
  ])('SES-03 a name that is not exactly ours is none: %j', (value) => {
    expect(read('Cookie', value)).toEqual(NONE);
  });

  it.each([
    `session="${TOKEN}"`,
    `session=${TOKEN} `,
    `session= ${TOKEN}`,
    `session=${TOKEN}, session=${TOKEN}`,
    `session=${encodeURIComponent(`${TOKEN}=`)}`,
    `session=%${TOKEN}`,
    'session=',
    'session=\u0000',
    'session=日本',
    `session=${'x'.repeat(5000)}`,
  ])('SES-05 a value that is no token of ours is foreign, and nothing is looked up: %j', (value) => {
    expect(read('Cookie', value)).toEqual({ kind: 'foreign', source: 'cookie' });
  });

  it('SES-04 is found among hundreds of others', () => {
    const others = Array.from({ length: 300 }, (_, index) => `c${index}=${index}`).join('; ');
    expect(read('Cookie', `${others}; session=${TOKEN}`)).toEqual(COOKIE);
    expect(read('Cookie', others)).toEqual(NONE);
  });

  it('takes any name that the settings give it', () => {
    for (const cookieName of ['__Host-session', '__proto__']) {
      const reading = { cookieName, takesPairs: false };
      expect(readCredential(['Cookie', `${cookieName}=${TOKEN}`], reading)).toEqual(COOKIE);
    }
  });
});

describe('whatever is sent', () => {
  const headers = fc.array(
    fc.tuple(
      fc.constantFrom('Authorization', 'authorization', 'Cookie', 'cookie', '__proto__', 'Host'),
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.stringMatching(/^[Bb]earer [ -~]{0,60}$/),
        fc.stringMatching(/^(session=[ -~]{0,50}(; ?)?){1,3}$/),
      ),
    ),
  );

  it('is read in one of four ways, and never throws', () => {
    fc.assert(
      fc.property(headers, (pairs) => {
        expect(['none', 'malformed', 'foreign', 'token']).toContain(read(...pairs.flat()).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('HTTP-09 names like __proto__ and constructor are headers like any other', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString'];
    expect(read(...names.flatMap((name) => [name, 'x']), 'Cookie', `session=${TOKEN}`)).toEqual(COOKIE);
  });

  it('adding a second Authorization or session cookie never makes a token of what was none', () => {
    fc.assert(
      fc.property(headers, fc.constantFrom('Authorization', 'Cookie'), (pairs, name) => {
        const before = read(...pairs.flat());
        const doubled = name === 'Authorization' ? ['Authorization', 'Basic x'] : ['Cookie', 'session=x'];
        const after = read(...pairs.flat(), ...doubled);
        if (after.kind === 'token') expect(after).toEqual(before);
      }),
    );
  });
});
