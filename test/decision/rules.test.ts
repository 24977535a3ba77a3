import { describe, expect, it } from 'vitest';
import type { Place } from '../../src/decision/place.ts';
import { createFindRule } from '../../src/decision/rules.ts';
import { canonicalTarget } from '../../src/decision/target.ts';

/** Says which rule decides on what a client asked for, or why none can. */
function gateOf(rules: readonly (readonly [Place, string])[]) {
  const find = createFindRule(rules);
  return (uri: string, host = 'app.example.com', method = 'GET') => {
    const target = canonicalTarget({ method, scheme: 'https', host, uri });
    const found = typeof target === 'string' ? target : find(target);
    return typeof found === 'object' ? found.rule : found;
  };
}

describe('the first rule that fits', () => {
  it('decides, and none is an answer too', () => {
    const rule = gateOf([
      [{ path: '/a' }, 'first'],
      [{ path: '/*' }, 'second'],
      [{ path: '/a/**' }, 'third'],
      [{ path: '/a' }, 'fourth'],
    ]);
    expect([rule('/a'), rule('/b'), rule('/a/b'), rule('/b/b'), rule('/')]).toEqual([
      'first',
      'second',
      'third',
      undefined,
      undefined,
    ]);
  });

  it('is given with its place in the list', () => {
    const find = createFindRule<string>([
      [{ path: '/a' }, 'a'],
      [{ path: '/**' }, 'rest'],
    ]);
    expect(find({ method: 'GET', host: 'app', path: '/b' })).toEqual({
      index: 1,
      rule: 'rest',
      isAmbiguous: false,
    });
  });

  it('PATH-22 is found by a host without regard to case, a dot at its end and its port', () => {
    const rule = gateOf([
      [{ host: 'app.example.com', path: '/**' }, 'app'],
      [{ host: '*.example.com', path: '/**' }, 'one label'],
      [{ host: '[::1]', path: '/**' }, 'address'],
    ]);
    expect(rule('/', 'APP.Example.com.:443')).toBe('app');
    expect(rule('/', 'app.example.com:8443')).toBe('app');
    expect(rule('/', 'other.example.com')).toBe('one label');
    expect(rule('/', '[0::1]:80')).toBe('address');
    for (const host of ['example.com', 'a.b.example.com', 'xexample.com', 'com', 'app.example.com.evil']) {
      expect(rule('/', host)).toBeUndefined();
    }
  });

  it('comes first in the list, not the one whose host or path is the more exact', () => {
    const rule = gateOf([
      [{ path: '/a/**' }, 'any host'],
      [{ host: '*.example.com', path: '/*/b' }, 'wildcard'],
      [{ host: 'app.example.com', path: '/**' }, 'exact'],
    ]);
    expect([rule('/a/b'), rule('/c/b'), rule('/c')]).toEqual(['any host', 'wildcard', 'exact']);
  });

  it('is one for the method, or for all', () => {
    const rule = gateOf([
      [{ methods: ['GET', 'HEAD'], path: '/a' }, 'read'],
      [{ methods: ['POST'], path: '/**' }, 'post'],
      [{ path: '/a' }, 'other'],
      [{ methods: ['PUT'], path: '/a' }, 'never'],
    ]);
    const asked = ['GET', 'HEAD', 'POST', 'PUT', 'GETS'].map((method) => rule('/a', undefined, method));
    expect(asked).toEqual(['read', 'read', 'post', 'other', 'other']);
    expect(rule('/b')).toBeUndefined();
  });

  it('is the same with a slash at the end of the path, or of the pattern', () => {
    const rule = gateOf([
      [{ path: '/a/' }, 'a'],
      [{ path: '/b' }, 'b'],
      [{ path: '/c/**/' }, 'c'],
      [{ path: '/' }, 'root'],
    ]);
    const asked = ['/a', '/a/', '/b', '/b/', '/c', '/c/x/', '/'].map((path) => rule(path));
    expect(asked).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'root']);
  });

  it('takes an asterisk in a request for a segment like any other', () => {
    const rule = gateOf([
      [{ path: '/a/b' }, 'literal'],
      [{ path: '/a/*' }, 'any'],
    ]);
    expect([rule('/a/*'), rule('/a/**'), rule('/*/b')]).toEqual(['any', 'any', undefined]);
  });

  it('does not take a prototype for a place', () => {
    const rule = gateOf([[{ host: 'app', methods: ['GET'], path: '/a' }, 'a']]);
    expect(rule('/constructor', '__proto__', 'GET')).toBeUndefined();
    expect(rule('/__proto__', 'app', 'GET')).toBeUndefined();
  });
});
