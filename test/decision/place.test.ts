import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsOfPlace, type Place } from '../../src/decision/place.ts';
import { createFindRule } from '../../src/decision/rules.ts';

describe('a place that no request could ever have', () => {
  const messages = (place: Place) =>
    faultsOfPlace(place).map(({ member, message }) => `${member} ${message}`);

  it.each([
    ['/a b', 'write /a%20b'],
    ['/é', 'write /%C3%A9'],
    ['/caf%c3%a9', 'write /caf%C3%A9'],
    ['/%61', 'write /a'],
    ['/a//b', 'write /a/b'],
    ['/a|*', 'whole segment'],
    ['', 'begin with `/`'],
    ['a/b', 'begin with `/`'],
    ['**', 'begin with `/`'],
    ['/a?x=1', 'query'],
    ['/a#b', 'fragment'],
    ['/a;b', '`;`'],
    ['/a%3Bb', '`;`'],
    ['/a%2fb', 'encoded slash'],
    ['/a\\b', 'backslash'],
    ['/a/../b', 'resolved'],
    ['/a/.', 'resolved'],
    ['/%2e%2E/a', 'resolved'],
    ['/%2A', '`%2A`'],
    ['/a/**/b', 'only at the end'],
    ['/**/**', 'only at the end'],
    ['/a*b', 'whole segment'],
    ['/a/b*', 'whole segment'],
    ['/***', 'whole segment'],
    ['/a%00', 'read'],
    ['/a%zz', 'read'],
    ['/%ff', 'read'],
    ['/\n', 'read'],
  ])('is refused for its path %j, with the reason', (path, reason) => {
    expect(messages({ path })).toEqual([expect.stringMatching(/^path must /)]);
    expect(messages({ path })[0]).toContain(reason);
  });

  it.each([
    ['App.example.com', 'write app.example.com'],
    ['app.example.com.', 'write app.example.com'],
    ['app.example.com:8443', 'write app.example.com'],
    ['*.Example.com', 'write *.example.com'],
    ['[0::1]', 'write [::1]'],
    ['::1', 'a name'],
    ['', 'a name'],
    ['*', 'leave it out'],
    ['*.', 'a name'],
    ['a.*.example.com', 'a name'],
    ['**.example.com', 'a name'],
    ['*.0.0.1', 'a name'],
    ['*.10.0.0.1', 'address'],
    ['*.[::1]', 'address'],
    ['https://app', 'a name'],
    ['bücher.example', 'xn--'],
  ])('is refused for its host %j, with the reason', (host, reason) => {
    expect(messages({ host, path: '/' })).toEqual([expect.stringMatching(/^host must /)]);
    expect(messages({ host, path: '/' })[0]).toContain(reason);
  });

  it.each([
    [[], 'leave it out'],
    [['GET', 'post'], 'write POST'],
    [['GET,POST'], 'such as GET'],
  ])('is refused for its methods %j, with the reason', (methods, reason) => {
    expect(messages({ methods, path: '/' })).toEqual([expect.stringMatching(/^methods must /)]);
    expect(messages({ methods, path: '/' })[0]).toContain(reason);
  });

  it('is refused for all that is wrong with it at once', () => {
    const faults = faultsOfPlace({ methods: [], host: '*', path: '' });
    expect(faults.map(({ member }) => member)).toEqual(['methods', 'host', 'path']);
  });

  it('is refused with something to write instead that is itself in order', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '//',
        '/*',
        '/**',
        '.',
        '..',
        '*',
        ';',
        '%2a',
        '%3b',
        '%61',
        '%c3%a9',
        'é',
        ' ',
        '%2f',
      ),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    );
    let told = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const path = `/a${pieces.join('')}`;
        const instead = messages({ path })[0]?.split(': write ')[1];
        if (instead === undefined) return;
        told += 1;
        expect(instead).not.toBe(path);
        expect(messages({ path: instead })).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
    expect(told).toBeGreaterThan(100);
  });

  it('never becomes a rule that is silently skipped', () => {
    expect(() =>
      createFindRule([
        [{ path: '/a' }, 1],
        [{ path: '/a//b' }, 2],
      ]),
    ).toThrow(TypeError);
  });
});
