import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/schema.ts';

/** What is wrong with the settings, each with its path. */
function problemsOf(settings: object): string[] {
  const checked = settingsSchema.safeParse(settings);
  return (checked.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const policy = (values: object) => ({ policies: { shop: values } });

describe('a policy', () => {
  it('has rules, or requirements of its own', () => {
    expect(problemsOf(policy({ rules: [{ path: '/**' }] }))).toEqual([]);
    expect(problemsOf(policy({ rules: [{ path: '/**' }], roles: ['staff'], amr: ['otp'] }))).toEqual([
      'policies.shop.roles: a policy with rules has its requirements in them, and none of its own',
      'policies.shop.amr: a policy with rules has its requirements in them, and none of its own',
    ]);
    expect(problemsOf(policy({ rules: [] }))).toHaveLength(1);
  });

  it.each([
    { subjects: ['ada'] },
    { clientIds: ['c1'] },
    { scope: ['a'] },
    { anyScope: ['a'] },
    { roles: ['a'] },
    { amr: ['otp'] },
    { audience: 'https://a' },
    { subjectType: 'user' },
    { maxAuthAgeSeconds: 60 },
  ])('that lets everybody pass can ask nothing of who it is: %j', (requirement) => {
    const [name = ''] = Object.keys(requirement);
    const why = 'anonymous lets everybody pass, so nothing can be required of who it is';
    expect(problemsOf(policy({ anonymous: true, ...requirement }))).toEqual([
      `policies.shop.${name}: ${why}`,
    ]);
    const rules = [{ path: '/**', anonymous: true, ...requirement }];
    expect(problemsOf(policy({ rules }))).toEqual([`policies.shop.rules.0.${name}: ${why}`]);
  });

  it('has rules that let nobody pass, and ask nothing', () => {
    expect(problemsOf(policy({ rules: [{ path: '/admin/**', deny: true }, { path: '/**' }] }))).toEqual([]);
    const rules = [{ path: '/**', deny: true, anonymous: true, clientNetworks: ['10.0.0.0/8'] }];
    const why = 'deny lets nobody pass, so nothing else can be asked for';
    expect(problemsOf(policy({ rules }))).toEqual([
      `policies.shop.rules.0.anonymous: ${why}`,
      `policies.shop.rules.0.clientNetworks: ${why}`,
    ]);
    expect(problemsOf(policy({ deny: true }))).toHaveLength(1);
  });

  it('that lets everybody pass can ask where they are', () => {
    expect(problemsOf(policy({ anonymous: true, clientNetworks: ['10.0.0.0/8', '::1'] }))).toEqual([]);
    expect(problemsOf(policy({ clientNetworks: ['10.0.0.0/33'] }))).toEqual([
      'policies.shop.clientNetworks.0: must be an IP address or a CIDR',
    ]);
  });

  it('has rules whose places can be those of requests', () => {
    const rules = [{ path: '/a/../b', methods: ['get'], host: 'APP.example.com' }];
    const problems = problemsOf(policy({ rules }));
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'policies.shop.rules.0.methods',
      'policies.shop.rules.0.host',
      'policies.shop.rules.0.path',
    ]);
    expect(problems.join('\n')).toMatch(/write GET.*write app\.example\.com/s);
  });
});

describe('policies', () => {
  it('are one at least: with none, every subrequest would be for a path that is not there', () => {
    expect(problemsOf({ policies: {} })).toHaveLength(1);
    expect(problemsOf({})).toEqual([]);
  });
});

describe('a login page', () => {
  const LOGIN = 'https://login.example.com/?from=postern';

  it('needs to know where it may send browsers back to', () => {
    const missing = 'login.hosts: must name the hosts that a browser may be sent back to';
    expect(problemsOf({ login: { url: LOGIN } })).toEqual([missing]);
    expect(problemsOf(policy({ loginUrl: LOGIN }))).toEqual([missing]);
    expect(problemsOf(policy({ loginUrl: 'none' }))).toEqual([]);
    expect(problemsOf({ login: { url: LOGIN, hosts: ['app.example.com', '*.example.com:8443'] } })).toEqual(
      [],
    );
  });

  it.each([
    'javascript:alert(1)',
    '//login.example.com',
    '/login',
    'https://user@login.example.com/',
    'https://login.example.com/#x',
    'https://login.example.com/ x',
    'ftp://login.example.com/',
    '',
  ])('is an absolute URL without anything that would swallow "rd": %j', (url) => {
    expect(problemsOf({ login: { url, hosts: ['a.example'] } }).join()).toContain('login.url: must be');
  });

  it.each(['APP.example.com', '*', '*.*.com', 'https://app.example.com', 'app.example.com/', 'a b', ''])(
    'leads back to no host like %j',
    (host) => {
      expect(problemsOf({ login: { url: LOGIN, hosts: [host] } }).join()).toContain('login.hosts.0: must be');
    },
  );
});

describe('an origin', () => {
  it.each([
    '*',
    'null',
    'app.example.com',
    'https://app.example.com/',
    'https://APP.example.com',
    'ftp://a.example',
  ])('is as browsers write it, and nothing like %j', (origin) => {
    expect(problemsOf({ cors: { origins: [origin] } }).join()).toContain('cors.origins.0: must be an origin');
  });

  it('can have a port', () => {
    expect(problemsOf({ cors: { origins: ['https://app.example.com', 'http://127.0.0.1:8080'] } })).toEqual(
      [],
    );
  });
});
