import { describe, expect, it } from 'vitest';
import { OAuthError } from '../../src/oauth/errors.ts';
import { parseParameters } from '../../src/oauth/parameters.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const read = (type: string | undefined, body: string) => Object.fromEntries(parseParameters(type, body));
const codeOf = (type: string | undefined, body: string): string => {
  try {
    parseParameters(type, body);
    return 'none';
  } catch (error) {
    return error instanceof OAuthError ? `${error.status} ${error.code}` : 'a fault';
  }
};

describe('TOK-04 the parameters of a request', () => {
  it.each<[string, string, Record<string, string>]>([
    [FORM, 'a=1&b=2', { a: '1', b: '2' }],
    [FORM, 'a=1+2%20%2B', { a: '1 2 +' }],
    [FORM, 'a=%E2%82%AC', { a: '€' }],
    [FORM, 'a=x=y', { a: 'x=y' }],
    [FORM, 'a&b=&c=3', { c: '3' }],
    [FORM, '', {}],
    [`${FORM};charset=UTF-8`, 'a=1', { a: '1' }],
    [JSON_TYPE, '{"a":"1","b":"2"}', { a: '1', b: '2' }],
    [JSON_TYPE, '{"a":"1","b":"","c":null,"d":[]}', { a: '1' }],
    [JSON_TYPE, '{"a":["1"]}', { a: '1' }],
    [JSON_TYPE, '{"a":["","1"]}', { a: '1' }],
    [JSON_TYPE, '{}', {}],
  ])('are read from %s %j', (type, body, parameters) => {
    expect(read(type, body)).toEqual(parameters);
  });

  it.each([
    [undefined, 'a=1'],
    ['', 'a=1'],
    ['text/plain', 'a=1'],
    ['application/json-seq', '{}'],
    [FORM, 'a=1&a=1'],
    [FORM, 'a=1&%61=2'],
    [FORM, 'a=%00'],
    [FORM, '%00=a'],
    [JSON_TYPE, '{"a":"\\u0000"}'],
    [JSON_TYPE, '{"a":["1","2"]}'],
    [JSON_TYPE, '{"a":1}'],
    [JSON_TYPE, '{"a":true}'],
    [JSON_TYPE, '{"a":[null]}'],
    [JSON_TYPE, '[]'],
    [JSON_TYPE, 'null'],
    [JSON_TYPE, ''],
    [JSON_TYPE, 'a=1'],
  ])('of %s %j are none', (type, body) => {
    expect(codeOf(type, body)).toBe('400 invalid_request');
  });

  it.each(['resource', 'audience'])('RFC 8707: several values of %s are an invalid target', (name) => {
    expect(codeOf(FORM, `${name}=a&${name}=b`)).toBe('400 invalid_target');
  });

  it('are looked up by their own names alone', () => {
    const parameters = parseParameters(JSON_TYPE, '{"constructor":"y"}');
    expect([...parameters]).toEqual([['constructor', 'y']]);
    expect(parameters.get('toString')).toBeUndefined();
    expect(codeOf(JSON_TYPE, '{"__proto__":"x"}')).toBe('400 invalid_request');
  });

  it('TOK-01 are not there twice in an object either', () => {
    expect(codeOf(JSON_TYPE, '{"scope":"a","scope":"b"}')).toBe('400 invalid_request');
    expect(codeOf(JSON_TYPE, '{"scope":"a","sc\\u006fpe":"b"}')).toBe('400 invalid_request');
  });
});
