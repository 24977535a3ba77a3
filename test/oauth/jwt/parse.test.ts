import { describe, expect, it } from 'vitest';
import { parseJwt } from '../../../src/oauth/jwt/parse.ts';
import { encode, type Part } from '../../support/tokens.ts';

const HEADER = { alg: 'RS256', kid: 'k', typ: 'JWT' };
const CLAIMS = { iss: 'https://issuer.example', sub: 'ada' };

const tokenOf = (header: Part, claims: Part, signature = 'c2ln') =>
  `${encode(header)}.${encode(claims)}.${signature}`;

describe('a JSON Web Token', () => {
  it('is read into what selects its key and what it claims', () => {
    const parsed = { alg: 'RS256', kid: 'k', typ: 'jwt', claims: CLAIMS };
    expect(parseJwt(tokenOf(HEADER, CLAIMS))).toEqual(parsed);
    expect(parseJwt(tokenOf({ alg: 'none' }, CLAIMS))).toEqual({ alg: 'none', typ: '', claims: CLAIMS });
  });

  it.each([
    ['at+jwt', 'at+jwt'],
    ['AT+JWT', 'at+jwt'],
    ['application/at+jwt', 'at+jwt'],
    ['Application/AT+JWT', 'at+jwt'],
    ['text/at+jwt', 'text/at+jwt'],
    ['application/application/jwt', 'application/application/jwt'],
    ['application/', 'application/'],
  ])('JWT-12 has the type %j, which is %s', (typ, expected) => {
    expect(parseJwt(tokenOf({ ...HEADER, typ }, CLAIMS))?.typ).toBe(expected);
  });

  it.each(['jku', 'x5u', 'jwk', 'x5c'])('JWT-05 brings no key along, nor says where one is: %s', (name) => {
    expect(parseJwt(tokenOf({ ...HEADER, [name]: 'https://evil.example' }, CLAIMS))).toBeUndefined();
    expect(parseJwt(tokenOf({ ...HEADER, [name]: null }, CLAIMS))).toBeUndefined();
  });

  it.each([
    ['JWT-08', { crit: ['b64'], b64: false }],
    ['JWT-08', { crit: ['exp'] }],
    ['JWT-08', { crit: [] }],
    ['JWT-08', { b64: true }],
    ['JWT-16', { zip: 'DEF' }],
    ['JWT-16', { enc: 'A256GCM' }],
  ])('%s has nothing in its header that changes what is signed: %j', (_, members) => {
    expect(parseJwt(tokenOf({ ...HEADER, ...members }, CLAIMS))).toBeUndefined();
  });

  it('JWT-16 is no JWE', () => {
    const header = encode({ alg: 'PBES2-HS256+A128KW', p2c: 1e9, enc: 'A128GCM', zip: 'DEF' });
    expect(parseJwt(`${header}.a.b.c.d`)).toBeUndefined();
  });

  it.each([
    { alg: 1 },
    { alg: null },
    { alg: undefined },
    { kid: ['k'] },
    { kid: null },
    { kid: 'k'.repeat(256) },
    { typ: '' },
    { typ: 1 },
    { typ: null },
  ])('JWT-06 has a header of the right types: not %j', (members) => {
    expect(parseJwt(tokenOf({ ...HEADER, ...members }, CLAIMS))).toBeUndefined();
  });

  it.each(['[]', 'null', '1', '"{}"', '', '{', '{}x', '\ufeff{}'])(
    'is made of JSON objects, and not of %j',
    (text) => {
      expect(parseJwt(tokenOf(HEADER, text))).toBeUndefined();
      expect(parseJwt(tokenOf(text, CLAIMS))).toBeUndefined();
    },
  );

  it('is UTF-8', () => {
    const bytes = Buffer.from([...Buffer.from('{"a":"'), 0xff, ...Buffer.from('"}')]).toString('base64url');
    expect(parseJwt(`${encode(HEADER)}.${bytes}.c2ln`)).toBeUndefined();
    expect(parseJwt(tokenOf(HEADER, { name: 'Zoë 日本' }))?.claims).toEqual({ name: 'Zoë 日本' });
  });

  it.each([
    '{"alg":"HS256","alg":"none"}',
    '{"alg":"none","a\\u006cg":"HS256"}',
    '{ "alg" : "RS256" , "kid":{"a":1}, "kid":[":"] }',
  ])('JWT-15 has no member twice in its header: %s', (header) => {
    expect(parseJwt(tokenOf(header, CLAIMS))).toBeUndefined();
  });

  it.each(['{"sub":"ada","sub":"eve"}', '{"sub":"ada","x":{"y":[":{"]},"sub":"ada"}'])(
    'JWT-15 has no member twice in its claims: %s',
    (claims) => {
      expect(parseJwt(tokenOf(HEADER, claims))).toBeUndefined();
    },
  );

  it('JWT-15 may have braces, colons and quotes in what it says, and a name again further down', () => {
    const claims = { sub: 'a"{[:]}\\', ':': '}', nested: { sub: 1, nested: [{ sub: 2 }] }, list: ['a:b'] };
    expect(parseJwt(tokenOf(HEADER, claims))?.claims).toEqual(claims);
  });

  it('HDR-13 has no member that is named __proto__', () => {
    expect(parseJwt(tokenOf(HEADER, '{"__proto__":{"sub":"ada"}}'))).toBeUndefined();
    expect(parseJwt(tokenOf('{"alg":"RS256","__proto__":{"kid":"k"}}', CLAIMS))).toBeUndefined();
  });
});

describe('the spelling of a token', () => {
  const token = tokenOf(HEADER, CLAIMS, 'AA');

  it('JWT-18 is the one that encoding gives, in every part', () => {
    expect(parseJwt(token)).toBeDefined();
    for (const last of 'BCDEFGHIJKLMNOP') expect(parseJwt(token.slice(0, -1) + last)).toBeUndefined();
    const [header = '', claims = ''] = [encode('{"alg":"RS256"}'), encode('{"a":1}')];
    expect(parseJwt(`${header}.${claims}.AA`)).toBeDefined();
    expect(parseJwt(`${header}.${claims.slice(0, -1)}R.AA`)).toBeUndefined();
  });

  it.each(['=', '==', ' ', '\n', '\r\n', '\t', '\0', '.', '+', '/', '%3D', '日'])(
    'JWT-18 has nothing behind it, before it or within: %j',
    (extra) => {
      expect(parseJwt(token + extra)).toBeUndefined();
      expect(parseJwt(extra + token)).toBeUndefined();
      expect(parseJwt(token.replace('.', `${extra}.`))).toBeUndefined();
    },
  );

  it.each([
    ['empty', ''],
    ['two parts', 'e30.e30'],
    ['without a signature', `${encode(HEADER)}.${encode(CLAIMS)}.`],
    ['without claims', `${encode(HEADER)}..AA`],
    ['5,000 dots', '.'.repeat(5_000)],
    ['5,000 parts', 'a.'.repeat(4_000)],
    ['16 KiB', tokenOf(HEADER, { a: 'x'.repeat(12_000) })],
    ['half of a character', 'A.A.A'],
  ])('JWT-17 JWT-01 is none of: %s', (_, text) => {
    expect(parseJwt(text)).toBeUndefined();
  });

  it('JWT-17 is 8 KiB long at most', () => {
    const sized = (length: number) => parseJwt(`${encode('{"alg":"a"}')}.e30.${'A'.repeat(length)}`);
    const rest = `${encode('{"alg":"a"}')}.e30.`.length;
    expect(sized(8_192 - rest)).toBeDefined();
    expect(sized(8_196 - rest)).toBeUndefined();
  });

  it.each([
    ['arrays', '['],
    ['objects', '{"a":'],
    ['strings', '"'],
    ['escapes', '{"\\'],
  ])('JWT-17 is not as deep as it is long: %s', (_, text) => {
    const deep = text.repeat(Math.floor(6_000 / text.length));
    expect(parseJwt(`${encode(deep)}.e30.AA`)).toBeUndefined();
    expect(parseJwt(`${encode('{"alg":"a"}')}.${encode(deep)}.AA`)).toBeUndefined();
  });

  it('JWT-17 may be deep in a part that nobody reads', () => {
    const deep = `{"a":${'['.repeat(2_500)}${']'.repeat(2_500)}}`;
    expect(parseJwt(`${encode('{"alg":"a"}')}.${encode(deep)}.AA`)).toBeDefined();
  });
});
