import { describe, expect, it } from 'vitest';
import { createFindRule } from '../../src/decision/rules.ts';
import { canonicalTarget } from '../../src/decision/target.ts';

const find = createFindRule([
  [{ path: '/public/**' }, 'public'],
  [{ path: '/**' }, 'session'],
]);

/** Says which rule decides on what a client asked for, or why none can. */
function ruleFor(uri: string, host = 'app.example.com') {
  const target = canonicalTarget({ method: 'GET', scheme: 'https', host, uri });
  const found = typeof target === 'string' ? target : find(target);
  if (typeof found !== 'object') return found;
  return found.isAmbiguous ? `${found.rule}, or another` : found.rule;
}

const DENIED: readonly (readonly [id: string, uris: readonly string[]])[] = [
  ['PATH-02', ['/public/%2e%2e/admin', '/public/%2E%2E/admin', '/public/.%2e/admin', '/public/%2e./admin']],
  ['PATH-03', ['/public/..%2fadmin', '/public/..%2Fadmin']],
  ['PATH-04', ['/public/%2e%2e%2fadmin']],
  ['PATH-06', ['//public/x', '///public//x', '//evil.com/public/x', '//public@evil/x', '//..//a']],
  ['PATH-07', ['/public/..\\admin', '/public/..%5cadmin', '/public%5C..%5Cadmin']],
  ['PATH-08', ['/public%2fadmin', '/public%2Fadmin', '/public/a%2fb']],
  ['PATH-09', ['/public/%252e%252e/admin', '/public/%25']],
  ['PATH-11', ['/public/%zz', '/public/%', '/public/%4', '/public/%u002e%u002e/admin', '/public/% 1']],
  ['PATH-12', ['/public/%c0%ae%c0%ae/admin', '/public/%ff', '/public/%ed%a0%80', '/public/%c3', '/public/é']],
  ['PATH-14', ['/admin#/public/', '/public/x#', '/public/#/../admin']],
  ['PATH-15', ['/foo/secret%23/bar', '/admin%3f/public/', '/public/%3F']],
  ['PATH-16', ['/public/..;/admin', '/public/..;a=b/admin', '/public;/../admin', '/public/..%3b/admin']],
  ['PATH-16', ['/public/.;/x', '/public/a;/./b', '/public/../;/admin', '/..;/admin', '/public/..;']],
  [
    'PATH-17',
    ['/public/%00', '/public/%1f', '/public/%7F', '/public/%0d%0a', '/public/\t', '/public/\u0001'],
  ],
  ['PATH-17', ['/public/\u0000', '/public/\u007f', '/public/a b']],
  ['PATH-21', ['http://evil/public/../admin', 'https://app/public/x']],
  ['PATH-24', [`/public/${'a'.repeat(8_192)}`]],
];

const FOUND: readonly (readonly [id: string, rule: string, uris: readonly string[]])[] = [
  ['PATH-01', 'session', ['/public/../admin', '/public/x/../../admin', '/public/./../admin']],
  ['PATH-05', 'session, or another', ['/public//../admin', '/public/x//..//..//admin']],
  ['PATH-05', 'public, or another', ['/admin//../public/x', '/admin/x/..///../public']],
  ['PATH-05', 'public', ['/public//../public/x', '/public//x']],
  ['PATH-10', 'public', ['/%70ublic/x', '/%70%75%62%6C%69%63']],
  ['PATH-10', 'session', ['/%61dmin', '/public/../%61dmin']],
  ['PATH-13', 'session', ['/admin?x=/public/', '/admin?/public', '/?/public/', '/admin?/../public/x']],
  [
    'PATH-18',
    'session',
    ['/admin.', '/admin%20', '/admin/', '/admin/.', '/public.', '/public%20', '/public./'],
  ],
  ['PATH-19', 'session', ['/PUBLIC/x', '/Public', '/Admin']],
  ['PATH-23', 'session', ['/publicity', '/public-not', '/publi', '/x/public/x']],
  ['PATH-23', 'public', ['/public', '/public/', '/public/a/b/c/', '/public/a;v=1']],
  ['PATH-25', 'session', ['/../../etc', '/..', '/../public/../etc']],
  ['PATH-25', 'public', ['/../../public/x']],
];

describe('where /public/** is open and /** asks for a session', () => {
  const denied = DENIED.flatMap(([id, uris]) => uris.map((uri) => [id, uri.slice(0, 60), uri] as const));
  it.each(denied)('%s %j is denied, for it can be read in two ways', (_id, _shown, uri) => {
    expect(ruleFor(uri)).toBe('request_path');
  });

  const found = FOUND.flatMap(([id, rule, uris]) => uris.map((uri) => [id, uri, rule] as const));
  it.each(found)('%s %j is decided by the rule %s', (_id, uri, rule) => {
    expect(ruleFor(uri)).toBe(rule);
  });

  it.each([
    ['/public;x', 'session, or another'],
    ['/public;/admin', 'session, or another'],
    ['/public%3b/admin', 'session, or another'],
    ['/;x/public/a', 'session, or another'],
    ['/;/public', 'session, or another'],
    ['/public/a;v=1', 'public'],
  ])('PATH-16 %s, with and without its parameters, is decided by the rule %s', (uri, expected) => {
    expect(ruleFor(uri)).toBe(expected);
  });

  it('PATH-22 a host that can be spelled in two ways decides nothing', () => {
    expect(ruleFor('/public', '\u212aing.example')).toBe('request_host');
  });
});
