import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(text: string): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.yaml`);
  await writeFile(path, text);
  return path;
}

async function load(text: string, environment: Record<string, string> = {}) {
  const path = await fileOf(text);
  const loaded = loadSettings(path, environment);
  return {
    loaded,
    problems: loaded.ok ? [] : loaded.problems.map((problem) => problem.replace(path, 'FILE')),
  };
}

async function settingsOf(text: string, environment?: Record<string, string>) {
  const { loaded, problems } = await load(text, environment);
  if (!loaded.ok) throw new Error(problems.join('\n'));
  return loaded.settings;
}

describe('the settings', () => {
  it('are all there without a file', () => {
    const loaded = loadSettings(undefined, {});
    expect(loaded).toMatchObject({
      ok: true,
      settings: {
        listen: { decision: { host: '127.0.0.1', port: 4180 } },
        storeUrl: { engine: 'sqlite', path: './data/postern.db' },
        session: {
          ttlSeconds: 43_200,
          idleSeconds: 3_600,
          cookie: { name: 'session', secure: true, sameSite: 'lax' },
        },
        policies: { default: { tenant: 'default', anonymous: false } },
      },
    });
  });

  it('come from the file', async () => {
    const settings = await settingsOf(`
listen: { decision: 'unix:/run/postern.sock', admin: '[::1]:4182' }
storeUrl: redis://redis:6379/0
trustedProxies: [10.0.0.0/8, '::1']
tenants: { default: {}, acme: {} }
policies:
  staff: { subjectType: user, roles: [staff] }
  orders: { tenant: acme, audience: https://api.example.com/orders, scope: [orders:read], maxAuthAgeSeconds: 900 }
`);
    expect(settings.listen.decision).toEqual({ path: '/run/postern.sock' });
    expect(settings.listen.admin).toEqual({ host: '::1', port: 4182 });
    expect(settings.trustedProxies).toHaveLength(2);
    expect(settings.policies.staff).toMatchObject({
      subjectType: 'user',
      roles: ['staff'],
      tenant: 'default',
    });
    expect(settings.policies.orders).toMatchObject({
      tenant: 'acme',
      scope: ['orders:read'],
      maxAuthAgeSeconds: 900,
    });
    expect(settings.policies.default).toBeUndefined();
  });

  it('come from the environment above the file', async () => {
    const settings = await settingsOf('session: { ttlSeconds: 100, cookie: { name: a } }', {
      POSTERN_SESSION_TTL_SECONDS: '200',
      POSTERN_SESSION_COOKIE_SAME_SITE: 'strict',
      POSTERN_SESSION_COOKIE_SECURE: 'false',
      POSTERN_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1',
      POSTERN_LISTEN_ADMIN: '127.0.0.1:1',
    });
    expect(settings.session).toMatchObject({
      ttlSeconds: 200,
      cookie: { name: 'a', sameSite: 'strict', secure: false },
    });
    expect(settings.trustedProxies).toHaveLength(2);
    expect(settings.listen.admin).toEqual({ host: '127.0.0.1', port: 1 });
  });

  it('take a secret from a file of its own, and print none', async () => {
    const path = await fileOf(`${'s'.repeat(40)}\n`);
    const settings = await settingsOf('storeUrl: redis://user:hunter2@redis', {
      POSTERN_ADMIN_TOKEN_FILE: path,
    });
    expect(settings.adminToken?.reveal()).toBe('s'.repeat(40));
    expect(JSON.stringify(settings)).not.toMatch(/hunter2|sss/);
  });

  it('ignore what Kubernetes injects for a Service of our name', async () => {
    await settingsOf('', {
      POSTERN_PORT: 'tcp://10.0.0.1:4180',
      POSTERN_PORT_4180_TCP: 'tcp://10.0.0.1:4180',
      POSTERN_PORT_4180_TCP_ADDR: '10.0.0.1',
      POSTERN_SERVICE_HOST: '10.0.0.1',
      POSTERN_SERVICE_PORT_DECISION: '4180',
    });
  });
});

describe('what is wrong with them', () => {
  it('is told all at once, each with its place', async () => {
    const { problems } = await load(
      `listen:
  decison: 127.0.0.1:1
  admin: nowhere
storeUrl: mysql://x
tenants: { default: {} }
policies:
  staff:
    rols: [staff]
  orders: { tenant: acme }
  Bad_Name: {}
  open:
    anonymous: true
    roles: [staff]
zzz: 1
`,
      { POSTERN_SESION_TTL_SECONDS: '1', POSTERN_SESSION_IDLE_SECONDS: 'soon' },
    );
    expect(problems.toSorted()).toEqual(
      [
        'POSTERN_SESION_TTL_SECONDS: no such setting; did you mean POSTERN_SESSION_TTL_SECONDS?',
        'POSTERN_SESSION_IDLE_SECONDS: session.idleSeconds: Invalid input: expected number, received string',
        'FILE:2:3: listen.decison: no such setting; did you mean decision?',
        'FILE:3:3: listen.admin: must be host:port, [ipv6]:port or unix:/path',
        'FILE:4:1: storeUrl: must be sqlite:<path>, redis://…, redis+sentinel://… or redis+cluster://…, or rediss in the place of redis',
        'FILE:8:5: policies.staff.rols: no such setting; did you mean roles?',
        'FILE:9:13: policies.orders.tenant: there is no tenant "acme"; name it under tenants',
        'FILE:10:3: policies.Bad_Name: must be lower-case letters, digits and inner dashes, 63 at most',
        'FILE:13:5: policies.open.roles: anonymous lets everybody pass, so nothing can be required of who it is',
        'FILE:14:1: zzz: no such setting',
      ].toSorted(),
    );
  });

  it.each([
    ['a: 1\n a: 2', 'FILE:1:4'],
    ['a: 1\na: 2', 'FILE:2:1'],
    ['[', 'FILE:1'],
  ])('is broken YAML in %j', async (text, place) => {
    const { problems } = await load(text);
    expect(problems.join('\n')).toContain(place);
  });

  it.each([
    '3',
    '[]',
    'listen: 3',
    'policies: []',
    'policies: { a: }',
    'tenants: 1',
    'session: { cookie: x }',
  ])('is a value of another shape: %j', async (text) => {
    expect((await load(text)).problems).not.toEqual([]);
  });

  it.each([
    ['tenants: { acme: {} }', 'policies.default.tenant: there is no tenant "default"'],
    ['storeUrl: *nowhere', 'Unresolved alias'],
    ['session: { idleSeconds: 1 }', 'session.idleSeconds: must be 0 or at least 2'],
  ])('is told for %j', async (text, told) => {
    expect((await load(text)).problems.join('\n')).toContain(told);
  });

  it.each(['POSTERN_DECISION_PORT', 'POSTERN_LISTEN_DECISION_PORT', 'POSTERN_ADMIN_SERVICE_HOST'])(
    'is a variable that looks as if Kubernetes had made it: %s',
    async (name) => {
      expect((await load('', { [name]: '8080' })).problems.join('\n')).toContain(`${name}: no such setting`);
    },
  );

  it('is a file that is not there', () => {
    const loaded = loadSettings('/nowhere/postern.yaml', {});
    expect(loaded).toEqual({
      ok: false,
      problems: [expect.stringContaining("/nowhere/postern.yaml: can't be read")],
    });
    expect(loadSettings(undefined, { POSTERN_CONFIG: '/nowhere/else.yaml' }).ok).toBe(false);
  });

  it.each([
    ['POSTERN_ADMIN_TOKEN', 'hunter2'],
    ['POSTERN_STORE_URL', 'mysql://user:hunter2@db'],
  ])('never quotes a secret: %s', async (name, value) => {
    const { problems } = await load('', { [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    expect(problems[0]).not.toContain('hunter2');
  });

  it('is a secret in two places, or in a file that is not there', async () => {
    const both = await load('', {
      POSTERN_ADMIN_TOKEN: 'x'.repeat(40),
      POSTERN_ADMIN_TOKEN_FILE: '/nowhere',
    });
    expect(both.problems).toEqual(['POSTERN_ADMIN_TOKEN: set it or POSTERN_ADMIN_TOKEN_FILE, not both']);
    const missing = await load('', { POSTERN_ADMIN_TOKEN_FILE: '/nowhere' });
    expect(missing.problems[0]).toContain('POSTERN_ADMIN_TOKEN_FILE: ENOENT');
  });

  it.each([
    ['name: __Host-s, domains: [example.com]', 'domains'],
    ['name: __Host-s, path: /app', 'path'],
    ['name: __Host-s, secure: false', 'secure'],
    ['name: __Secure-s, secure: false', 'secure'],
    ['sameSite: none, secure: false', 'sameSite'],
    ['name: "a b"', 'name'],
    ['path: app', 'path'],
    ['domains: ["a;b"]', 'domains.0'],
    ['domains: [A.example]', 'domains.0'],
    ['domains: [a..example]', 'domains.0'],
  ])('is a cookie that browsers would refuse: %s', async (cookie, setting) => {
    const { problems } = await load(`session: { cookie: { ${cookie} } }`);
    expect(problems.join('\n')).toContain(`session.cookie.${setting}`);
  });

  it.each([
    ['[example.com, app.example.com]', 'domains.1: lies in "example.com"'],
    ['[a.app.example.com, example.com]', 'domains.0: lies in "example.com"'],
    ['[example.com, example.com]', 'domains.0: lies in "example.com"'],
  ])('SES-11 is a domain within another: %s', async (domains, words) => {
    const { problems } = await load(`session: { cookie: { domains: ${domains} } }`);
    expect(problems.join('\n')).toContain(words);
    await settingsOf('session: { cookie: { domains: [example.com, badexample.com, example.org] } }');
  });

  it.each(['0.0.0.0/0', '::/0'])(
    'FWD-04 is a trust in everybody, %s, unless another setting says so',
    async (network) => {
      const { problems } = await load(`trustedProxies: ['${network}']`);
      expect(problems.join('\n')).toContain('trustAnybody');
      await settingsOf(`{ trustedProxies: ['${network}'], trustAnybody: true }`);
      const among = await load(`{ trustedProxies: ['${network}', nowhere], zzz: 1 }`);
      expect(among.problems).toHaveLength(3);
      for (const text of ['3', 'null'])
        expect((await load(`trustedProxies: ${text}`)).problems).toHaveLength(1);
      expect((await load('3')).problems).toHaveLength(1);
    },
  );

  it.each([
    '10.0.0.0/33',
    '::1/129',
    '10.0.0',
    'localhost',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '',
  ])('LIF-08 is an address that is none: %j', async (network) => {
    const { problems } = await load(`trustedProxies: ['${network}']`);
    expect(problems).toEqual(['FILE:1:18: trustedProxies.0: must be an IP address or a CIDR']);
  });
});
