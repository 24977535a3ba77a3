import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askRaw, DIALECT_NAMES, type DialectName, writtenOf } from '../support/original.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({
    policies: { default: {}, site: { rules: [{ path: '/public/**', anonymous: true }, { path: '/**' }] } },
  });
});
afterAll(() => postern.close());

const ask = (dialect: DialectName, policy: string, uri: string) =>
  askRaw(postern.ports.decision, writtenOf(dialect, policy, { uri }));

/** What reaches Postern of each row, without a credential: `bad` is 400, or 403 for nginx. */
const ROWS: ReadonlyArray<readonly [id: string, expected: 'bad' | 401 | 200, uris: readonly string[]]> = [
  ['PATH-01', 401, ['/public/../admin']],
  [
    'PATH-02',
    'bad',
    ['/public/%2e%2e/admin', '/public/%2E%2E/admin', '/public/.%2e/admin', '/public/%2e./admin'],
  ],
  ['PATH-03', 'bad', ['/public/..%2fadmin', '/public/..%2Fadmin']],
  ['PATH-04', 'bad', ['/public/%2e%2e%2fadmin']],
  ['PATH-05', 401, ['/public//../admin']],
  ['PATH-05', 'bad', ['/admin//../public/x']],
  ['PATH-06', 'bad', ['//public/x', '//public/admin', '///public/x', '//evil.com/public/x']],
  ['PATH-07', 'bad', ['/public/..\\admin', '/public/..%5cadmin']],
  ['PATH-08', 'bad', ['/public%2fadmin']],
  ['PATH-09', 'bad', ['/public/%252e%252e/admin']],
  ['PATH-10', 200, ['/%70ublic/x']],
  ['PATH-10', 401, ['/%61dmin']],
  ['PATH-11', 'bad', ['/public/%zz', '/public/%', '/public/%u002e']],
  ['PATH-12', 'bad', ['/public/%c0%ae%c0%ae/admin', '/public/%ff', '/public/\u00e9']],
  ['PATH-13', 401, ['/admin?x=/public/', '/admin?/public']],
  ['PATH-14', 'bad', ['/admin#/public/', '/public/x#']],
  ['PATH-15', 'bad', ['/foo/secret%23/bar', '/admin%3f/public/']],
  ['PATH-16', 'bad', ['/public/..;/admin', '/public/..;a=b/admin', '/public;/../admin']],
  ['PATH-17', 'bad', ['/public/%00', '/public/%0d%0aX', '/public/%7f']],
  ['PATH-18', 401, ['/admin.', '/admin%20', '/admin/', '/admin/.']],
  ['PATH-19', 401, ['/PUBLIC/x', '/Admin']],
  ['PATH-21', 'bad', ['http://evil/public/x', 'https://app/public/x']],
  ['PATH-23', 401, ['/publicity']],
  ['PATH-24', 'bad', [`/public/${'a'.repeat(8 * 1024 - 7)}`]],
  ['PATH-24', 200, [`/public/${'a'.repeat(8 * 1024 - 8)}`]],
  ['PATH-25', 401, ['/../../etc', '/..']],
];

describe.each(DIALECT_NAMES)('the original path, read by %s', (dialect) => {
  const bad = dialect === 'auth-request' ? 403 : 400;
  const rows = ROWS.flatMap(([id, expected, uris]) =>
    uris
      // nginx and Envoy put an authority before it, or their prefix: what is absolute then is another path.
      .filter((uri) => dialect === 'forward-auth' || uri.startsWith('/'))
      .map((uri) => [id, uri.slice(0, 40), expected === 'bad' ? bad : expected, uri] as const),
  );

  it.each(rows)('%s %j is answered with %i', async (_id, _shown, expected, uri) => {
    const status = await ask(dialect, 'site', uri);
    // Of bytes that may not be in a request line, the runtime says so itself.
    expect(expected === bad ? [bad, 400] : [expected]).toContain(status);
  });

  it('PATH-17 raw control bytes are denied, one and all', async () => {
    const codes = [...Array.from({ length: 0x20 }, (_, code) => code), 0x7f];
    const asked = codes.map((code) => ask(dialect, 'site', `/public/x${String.fromCharCode(code)}y`));
    for (const status of await Promise.all(asked)) expect(status).toBeGreaterThanOrEqual(400);
  });
});

describe('ext-authz', () => {
  const NAMES = [
    'healthz',
    'readyz',
    'livez',
    'metrics',
    'token',
    'admin',
    'public',
    'auth-request',
    'favicon.ico',
  ];
  const BEFORE = [
    '/',
    '//',
    '/../',
    '/%2e%2e/',
    '/./',
    '/public/../',
    '/oauth/v4/default/',
    '/management/v4/default/',
  ];
  const AFTER = ['', '/', '?', '?x=1', '/..', '/default', ';x'];
  const corpus = [
    '/',
    '/.well-known/jwks.json',
    '/.well-known/oauth-authorization-server/oauth/v4/default',
    '/openapi.json',
    ...NAMES.flatMap((name) => BEFORE.flatMap((before) => AFTER.map((after) => before + name + after))),
  ];

  it('LSN-03 without a credential every path is a challenge, and none leads anywhere else', async () => {
    expect(corpus.length).toBeGreaterThan(500);
    const asked = corpus.map((uri) => ask('ext-authz', 'default', uri));
    expect(new Set(await Promise.all(asked))).toEqual(new Set([401]));
  });

  it('LSN-04 with rules, what is let pass is below the one place that is open', async () => {
    for (const uri of corpus) {
      const status = await ask('ext-authz', 'site', uri);
      const isOpen = /^\/(?:\.\.\/|\.\/|public\/\.\.\/)?public(?:[/?]|$)(?!\.\.)/.test(uri);
      expect([uri, status]).toEqual([uri, isOpen ? 200 : expect.toBeOneOf([400, 401])]);
    }
  });
});
