import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClientCredentials } from '../../src/oauth/client-credentials.ts';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const read = (authorization: string | undefined, parameters: Record<string, string> = {}) =>
  readClientCredentials(authorization, new Map(Object.entries(parameters)));
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
/** What was read, with its secret in the open. */
const shown = (found: ReturnType<typeof read>) =>
  found?.method === 'client_secret' ? [found.clientId, found.secret.reveal()] : found;
const formEncode = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);

describe('TOK-03 the credentials in Basic', () => {
  it.each([
    ['id:secret', ['id', 'secret']],
    ['id:se:cr:et', ['id', 'se:cr:et']],
    ['i%3Ad:secret', ['i:d', 'secret']],
    ['a+b:c%2Bd', ['a b', 'c+d']],
    ['id:', ['id', '']],
    [':', ['', '']],
    ['%E2%82%AC:%e2%82%ac', ['€', '€']],
  ])('%j are split before they are decoded', (text, expected) => {
    expect(shown(read(basic(text)))).toEqual(expected);
  });

  it('RFC 6749 section 2.3.1: any id and secret come back as they were form-encoded', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (id, secret) => {
        expect(shown(read(basic(`${formEncode(id)}:${formEncode(secret)}`)))).toEqual([id, secret]);
      }),
    );
  });

  it.each([
    'Basic',
    'Basic ',
    'Basic id',
    basic('id'),
    basic('%:x'),
    `${basic('a:b')} x`,
    `${basic('a:b')}===`,
  ])('%j: the request is broken', (authorization) => {
    expect(() => read(authorization)).toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_request' }),
    );
  });

  it.each(['', 'Bearer abc', 'Basics abc', 'Negotiate'])('%j is no credential of ours', (authorization) => {
    expect(read(authorization)).toBeUndefined();
  });

  it('are never printed', () => {
    expect(JSON.stringify(read(basic('id:hush')))).not.toContain('hush');
    expect(JSON.stringify(read(undefined, { client_id: 'id', client_secret: 'hush' }))).not.toContain('hush');
  });
});

describe('TOK-02 exactly one mechanism', () => {
  const presented = { Authorization: basic('id:secret'), client_secret: 'secret', client_assertion: 'a.b.c' };

  it('is read, and any two are refused, though all say the same', () => {
    fc.assert(
      fc.property(fc.subarray(['Authorization', 'client_secret', 'client_assertion'] as const), (names) => {
        const asked: Record<string, string> = { client_id: 'id', client_assertion_type: TYPE };
        for (const name of names) asked[name] = presented[name];
        const { Authorization: authorization, ...parameters } = asked;
        const methods = {
          Authorization: 'client_secret',
          client_secret: 'client_secret',
          client_assertion: 'private_key_jwt',
        };
        if (names.length > 1) {
          expect(() => read(authorization, parameters)).toThrow(
            expect.objectContaining({ code: 'invalid_request' }),
          );
        } else {
          const [name] = names;
          expect(read(authorization, parameters)?.method).toBe(name && methods[name]);
        }
      }),
    );
  });

  it('says who by client_id beside Basic only where both say the same', () => {
    expect(shown(read(basic('id:secret'), { client_id: 'id' }))).toEqual(['id', 'secret']);
    expect(() => read(basic('id:secret'), { client_id: 'ID' })).toThrow(
      expect.objectContaining({ status: 400 }),
    );
  });

  it('is none by a client_id alone, and broken by a secret alone', () => {
    expect(read(undefined, { client_id: 'id' })).toBeUndefined();
    expect(() => read(undefined, { client_secret: 'secret' })).toThrow(
      expect.objectContaining({ status: 400 }),
    );
  });

  it.each([{}, { client_assertion_type: 'jwt-bearer' }, { client_assertion_type: TYPE.toUpperCase() }])(
    'is no assertion of the type %j',
    (type) => {
      const asked = { client_assertion: 'a.b.c', ...type };
      expect(() => read(undefined, asked)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    },
  );
});
