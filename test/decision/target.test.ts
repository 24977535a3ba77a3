import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalTarget, type RawTarget } from '../../src/decision/target.ts';

const raw: RawTarget = { method: 'GET', scheme: 'https', host: 'app.example.com', uri: '/' };

describe('a target', () => {
  it('has path and query apart, the query as it was', () => {
    expect(canonicalTarget({ ...raw, uri: '/a/../b?x=%2e%2E&y=//?' })).toEqual({
      method: 'GET',
      scheme: 'https',
      host: 'app.example.com',
      port: undefined,
      path: '/b',
      query: '?x=%2e%2E&y=//?',
    });
    expect(canonicalTarget({ ...raw, uri: '/b?' })).toMatchObject({ path: '/b', query: '?' });
  });

  it.each(['', '*', 'a', '?x', 'https://app.example.com/public/x', 'http:/public/x'])(
    'PATH-21 is none where the URI %j does not begin with a slash: no authority is read from it',
    (uri) => {
      expect(canonicalTarget({ ...raw, uri })).toBe('request_path');
    },
  );

  it.each(['/a?x y', '/a?x#y', '/a?é', '/a?\u0000', '/a?x\ty', '/a?x\u007f'])(
    'PATH-14 is none with the query of %j',
    (uri) => {
      expect(canonicalTarget({ ...raw, uri })).toBe('request_path');
    },
  );

  it('PATH-24 is none where path and query are over 8 KiB', () => {
    expect(canonicalTarget({ ...raw, uri: `/${'a'.repeat(8_191)}` })).toHaveProperty('path');
    expect(canonicalTarget({ ...raw, uri: `/${'a'.repeat(8_192)}` })).toBe('request_path');
    expect(canonicalTarget({ ...raw, uri: `/?${'a'.repeat(8_191)}` })).toBe('request_path');
  });

  it.each(['get', 'Get', '', 'GET ', ' GET', 'GET\n', 'G\u00cbT', 'GET,POST', '-GET', 'A'.repeat(33)])(
    'is none with the method %j',
    (method) => {
      expect(canonicalTarget({ ...raw, method })).toBe('request_method');
    },
  );

  it.each(['GET', 'M-SEARCH', 'VERSION-CONTROL', 'X', 'A'.repeat(32)])('has the method %s', (method) => {
    expect(canonicalTarget({ ...raw, method })).toMatchObject({ method });
  });

  it.each([
    [undefined, undefined],
    ['http', 'http'],
    ['https', 'https'],
    ['ws', 'http'],
    ['wss', 'https'],
  ])('of the scheme %s has the scheme %s', (scheme, expected) => {
    expect(canonicalTarget({ ...raw, scheme })).toMatchObject({ scheme: expected });
  });

  it.each(['', 'HTTPS', 'https,http', ' https', 'ftp', 'constructor', 'https:'])(
    'is none with the scheme %j',
    (scheme) => {
      expect(canonicalTarget({ ...raw, scheme })).toBe('request_scheme');
    },
  );
});

describe('canonicalTarget', () => {
  const codeUnits = fc
    .array(fc.integer({ min: 0, max: 0xffff }))
    .map((codes) => String.fromCharCode(...codes));
  const text = fc.oneof(
    codeUnits,
    fc.string(),
    fc.webUrl(),
    fc.string().map((rest) => `/${rest}`),
  );

  it('PATH-20 takes any text at all in any part', () => {
    fc.assert(
      fc.property(
        fc.record({
          method: fc.oneof(fc.constant('GET'), text),
          scheme: fc.option(fc.oneof(fc.constant('https'), text), { nil: undefined }),
          host: fc.oneof(fc.constant('app'), text),
          uri: text,
        }),
        (part) => {
          const target = canonicalTarget(part);
          if (typeof target === 'string') expect(target).toMatch(/^request_(?:method|scheme|host|path)$/);
          else expect(target.path).toMatch(/^\/[!-~]*$/);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('PBT-01 gives of a canonical target the same', () => {
    const spelled = fc.constantFrom('/', '/a/../b', '/%61?x', '//a', '/é', '/%C3%a9|', '/a;b/%3b', '/..');
    const host = fc.oneof(
      fc.ipV6().map((address) => `[${address}]`),
      fc.domain(),
      fc.ipV4(),
    );
    fc.assert(
      fc.property(host, fc.option(fc.integer({ min: 0, max: 70_000 })), spelled, (name, port, uri) => {
        const target = canonicalTarget({ ...raw, host: port === null ? name : `${name}:${port}`, uri });
        if (typeof target === 'string') return;
        const again = target.port === undefined ? target.host : `${target.host}:${target.port}`;
        expect(canonicalTarget({ ...raw, host: again, uri: target.path + target.query })).toEqual(target);
      }),
    );
  });
});
