import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalPath, otherReading } from '../../src/decision/path.ts';

/** What paths that are meant to be misread are made of. */
const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '/',
    '/',
    '.',
    '..',
    '/../',
    '/./',
    '//',
    ';',
    '/..;',
    ';a=b',
    '*',
    ':',
    '@',
    '~',
    '|',
  ),
  fc.constantFrom(
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%3b',
    '%3B',
    '%25',
    '%2a',
    '%C3%A9',
    '%c3%a9',
    '%ff',
    '%',
    '%7c',
  ),
  fc.constantFrom(
    '%ef%bb%bf',
    '%c0%ae',
    '%ed%a0%80',
    '%e2%80%a8',
    '%00',
    '%7f',
    '%41',
    '%7e',
    '%u002e',
    '\\',
  ),
  fc.string({ minLength: 1, maxLength: 3 }),
);
const hostile = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);

describe('a canonical path', () => {
  it.each([
    ['/', '/'],
    ['/a/b.c', '/a/b.c'],
    ['/a/', '/a/'],
    ['/a/.', '/a/'],
    ['/a/./', '/a/'],
    ['/a/..', '/'],
    ['/a/b/..', '/a/'],
    ['/.', '/'],
    ['/a/./b', '/a/b'],
    ['/.hidden/..a/a../...', '/.hidden/..a/a../...'],
    ['/a//', '/a/'],
    ['/a///b//', '/a/b/'],
    ['/%7euser/%41%2D%5f', '/~user/A-_'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a%20b', '/a%20b'],
    ['/a"<>[]^`{|}b', '/a%22%3C%3E%5B%5D%5E%60%7B%7C%7Db'],
    ["/!$&'()*+,=:@~", "/!$&'()*+,=:@~"],
    ['/%21%24%26%27%28%29%2a%2b%2c%3d%3a%40', "/!$&'()*+,=:@"],
    ['/a;b/c', '/a;b/c'],
    ['/a%3bb/c%3B', '/a;b/c;'],
    ['/%ef%bb%bfa', '/%EF%BB%BFa'],
  ])('of %s is %s', (raw, expected) => {
    expect(canonicalPath(raw)).toBe(expected);
  });

  it.each([
    ['/../../etc', '/etc'],
    ['/..', '/'],
    ['/a/../../../b/', '/b/'],
  ])('PATH-25 of %s stays at the root: %s', (raw, expected) => {
    expect(canonicalPath(raw)).toBe(expected);
  });

  it.each(['', 'a', '*', '/a?b', '/a b', '/é', '/a\u2028', '/\ud800'])('of %j is none', (raw) => {
    expect(canonicalPath(raw)).toBeUndefined();
  });

  it('is at once refused or found, however long and repetitive the raw one is', () => {
    const long = '/a.'.repeat(2_700);
    expect(canonicalPath(long)).toBe(long);
    expect(canonicalPath(`${long}\\`)).toBeUndefined();
    expect(canonicalPath(`/a${'/'.repeat(8_000)}`)).toBe('/a/');
    expect(canonicalPath('/..'.repeat(2_700))).toBe('/');
  });
});

describe('whatever a client writes', () => {
  it('PBT-01 the canonical form of a canonical path is itself', () => {
    let found = 0;
    fc.assert(
      fc.property(hostile, (raw) => {
        const path = canonicalPath(raw);
        if (path === undefined) return;
        found += 1;
        expect(canonicalPath(path)).toBe(path);
      }),
      { numRuns: 10_000 },
    );
    expect(found).toBeGreaterThan(1_000);
  });

  it('PBT-01 a path is the one that decoding once, merging and resolving give', () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const path = canonicalPath(raw);
        if (path === undefined) return;
        const trimmed = (text: string) => (text.length > 1 ? text.replace(/\/$/, '') : text);
        expect(trimmed(decodeURIComponent(path))).toBe(trimmed(posix.normalize(decodeURIComponent(raw))));
      }),
      { numRuns: 10_000 },
    );
  });

  it('PBT-01 another parser finds nothing left to do in a canonical path', () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const path = canonicalPath(raw);
        if (path === undefined) return;
        expect(new URL(`http://app${path}`).pathname).toBe(path);
        expect(path).not.toMatch(/\/\/|\/\.{1,2}(?:[/;]|$)|%2[ef]|[\\?#]/i);
      }),
      { numRuns: 10_000 },
    );
  });

  it('PATH-10 escaping what needs no escape changes nothing', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_~!$&'()*+,=:@-]{1,4}$/);
    const path = fc.array(segment, { minLength: 1 }).map((segments) => `/${segments.join('/')}`);
    fc.assert(
      fc.property(path, fc.infiniteStream(fc.constantFrom('plain', 'lower', 'upper')), (plain, spellings) => {
        const escaped = plain.replace(/[^/]/g, (character) => {
          const hex = character.charCodeAt(0).toString(16);
          const spelling = spellings.next().value;
          if (spelling === 'plain') return character;
          return `%${spelling === 'upper' ? hex.toUpperCase() : hex}`;
        });
        expect(canonicalPath(escaped)).toBe(plain);
      }),
    );
  });
});

describe('the other reading of a path', () => {
  const read = (raw: string) => otherReading(raw, canonicalPath(raw) ?? '');

  it.each([
    ['/a;v=1/b', '/a/b'],
    ['/a/b;v=1', '/a/b'],
    ['/a;x;y/b;', '/a/b'],
    ['/;x/a', '/a'],
    ['/a/;x/b', '/a/b'],
    ['/;', '/'],
    ['/a/%3bx', '/a/'],
  ])('of %s is %s, without its parameters', (path, expected) => {
    expect(read(path)).toBe(expected);
  });

  it.each([
    ['/admin//../public/x', '/admin/public/x'],
    ['/public//../admin', '/public/admin'],
    ['/a//../../b', '/b'],
    ['/a//..//..//b', '/a/b'],
    ['/a///../..', '/a'],
  ])('of %s is %s, where dots take an empty segment away', (path, expected) => {
    const other = read(path);
    expect(other ?? canonicalPath(path)).toBe(expected);
  });

  it.each(['/', '/a/b', '//a//b', '/a/../b', '/a/./b', '/a//./b', '/a%20b'])(
    'of %s there is none',
    (path) => {
      expect(read(path)).toBeUndefined();
    },
  );
});
