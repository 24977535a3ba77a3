import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieOf, createSession } from '../support/http.ts';
import { askRaw, DIALECT_NAMES, type DialectName, type Original, writtenOf } from '../support/original.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let cookie: string;
beforeAll(async () => {
  postern = await startInProcess({
    trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'],
    policies: {
      shop: {
        rules: [
          { path: '/public/**', anonymous: true },
          { methods: ['OPTIONS'], path: '/free/**', anonymous: true },
          { path: '/inside/**', clientNetworks: ['192.0.2.0/24', '2001:db8::/32'], anonymous: true },
          { host: 'admin.internal', path: '/**', anonymous: true },
          { path: '/**' },
        ],
      },
    },
  });
  cookie = cookieOf(await createSession(postern.ports.admin, { subject: 'ada' })).join(': ');
});
afterAll(() => postern.close());

const ask = (dialect: DialectName, original: Original, more: readonly string[] = []) =>
  askRaw(postern.ports.decision, writtenOf(dialect, 'shop', original), more);

const BAD: Readonly<Record<DialectName, number>> = {
  'auth-request': 403,
  'forward-auth': 400,
  'ext-authz': 400,
};

describe.each(DIALECT_NAMES)('the original request, read by %s', (dialect) => {
  const bad = BAD[dialect];

  it('chooses the rule', async () => {
    expect(await ask(dialect, { uri: '/public/x' })).toBe(200);
    expect(await ask(dialect, { uri: '/admin' })).toBe(401);
    expect(await ask(dialect, { uri: '/admin' }, [cookie])).toBe(200);
    expect(await ask(dialect, { uri: '/free/x', method: 'OPTIONS' })).toBe(200);
    expect(await ask(dialect, { uri: '/free/x', method: 'GET' })).toBe(401);
    expect(await ask(dialect, { uri: '/x', host: 'admin.internal' })).toBe(200);
  });

  it('FWD-02 FWD-07 FWD-09 FWD-16 is not what the headers of another place say', async () => {
    const foreign = [
      'X-Original-URI: /public/x',
      'X-Rewrite-Url: /public/x',
      'X-Original-Path: /public/x',
      'X-Forwarded-Path: /public/x',
      'X-Forwarded-Prefix: /public',
      'X-Forwarded-Prefix: //evil',
      'X-Envoy-Original-Path: /public/x',
      'Forwarded: for=192.0.2.1;host=admin.internal;proto=https',
      'X_Forwarded_Uri: /public/x',
      'X.Forwarded.Uri: /public/x',
      'X_Original_URL: https://app.example.com/public/x',
      'X_Forwarded_Host: admin.internal',
      'X-Host: admin.internal',
      'X-Forwarded-Server: admin.internal',
      'X-HTTP-Method-Override: OPTIONS',
      'X-Method-Override: OPTIONS',
      'X-Real-IP: 192.0.2.1',
    ];
    const others = DIALECT_NAMES.filter((name) => name !== dialect && name !== 'ext-authz').flatMap((name) =>
      writtenOf(name, 'shop', {
        uri: '/public/x',
        method: 'OPTIONS',
        host: 'admin.internal',
      }).headers.slice(1),
    );
    // What this very dialect reads is the proxy's to overwrite; that a second one denies is shown below.
    const own = writtenOf(dialect, 'shop', { uri: '/' }).headers.map((line) => line.split(':')[0]);
    const sent = [...foreign, ...others].filter((line) => !own.includes(line.split(':')[0]));
    expect(await ask(dialect, { uri: '/admin' }, sent)).toBe(401);
    for (const line of sent) {
      expect(await ask(dialect, { uri: '/admin' }, [line])).toBe(401);
      expect(await ask(dialect, { uri: '/free/x' }, [line])).toBe(401);
      expect(await ask(dialect, { uri: '/inside/x' }, [line])).toBe(403);
    }
  });

  it.each([
    'admin.internal, app.example.com',
    'evil.com#',
    'user@admin.internal',
    'a b',
    'ADMIN.internal\u212a',
    '[::1',
    'a..b',
    ':443',
    'admin.internal:99999',
    '%61dmin.internal',
    '',
  ])('FWD-08 is denied where its host is not exactly one: %j', async (host) => {
    const status = await ask(dialect, { uri: '/public/x', host });
    expect(status).toBeGreaterThanOrEqual(400);
    expect([bad, 400]).toContain(status);
  });

  it.each([
    'ADMIN.INTERNAL',
    'admin.internal.',
    'admin.internal:443',
    'Admin.Internal.:443',
    'admin.internal:8443',
  ])('PATH-22 is the same host in every spelling: %s', async (host) => {
    expect(await ask(dialect, { uri: '/x', host })).toBe(200);
  });

  it('FWD-15 is denied where it is there twice, however alike', async () => {
    const { line, headers } = writtenOf(dialect, 'shop', { uri: '/public/x' });
    const read = headers.filter((header) => dialect === 'ext-authz' || !header.startsWith('Host:'));
    for (const twice of read) {
      const status = await askRaw(postern.ports.decision, { line, headers: [...headers, twice] });
      expect([bad, 400]).toContain(status);
      const other = twice.toUpperCase().replace(/:.*/, ': /public/y');
      expect([bad, 400]).toContain(
        await askRaw(postern.ports.decision, { line, headers: [other, ...headers] }),
      );
    }
  });

  it('FWD-17 an OPTIONS request is free only where a rule says so, whatever it asks for', async () => {
    const preflight = ['Origin: https://app.example.com', 'Access-Control-Request-Method: GET'];
    expect(await ask(dialect, { uri: '/admin', method: 'OPTIONS' })).toBe(401);
    expect(await ask(dialect, { uri: '/admin', method: 'OPTIONS' }, preflight)).toBe(401);
  });

  it.each(['get', 'GeT', 'GET,OPTIONS', 'G=T'])('is denied where its method is %j', async (method) => {
    const status = await ask(dialect, { uri: '/public/x', method });
    expect([bad, 400]).toContain(status);
  });

  it('FWD-18 a flood of headers hides nothing of it', async () => {
    const flood = Array.from({ length: 2_500 }, (_, index) => `A${index}: b`);
    const { line, headers } = writtenOf(dialect, 'shop', { uri: '/admin' });
    for (const count of [90, 110, 1_001, 2_500]) {
      const status = await askRaw(postern.ports.decision, {
        line,
        headers: [...flood.slice(0, count), ...headers],
      });
      expect(status).toBe(count === 90 ? 401 : 431);
    }
  });
});

describe('metadata that is not there', () => {
  const URL_OF = 'https://app.example.com/public/x';
  const whole = {
    'auth-request': { 'X-Original-URL': URL_OF, 'X-Original-Method': 'GET' },
    'forward-auth': {
      'X-Forwarded-Method': 'GET',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'app.example.com',
      'X-Forwarded-Uri': '/public/x',
    },
  };

  it.each(
    Object.entries(whole).flatMap(([dialect, headers]) =>
      Object.keys(headers).map((missing): [string, string, Record<string, string>] => [
        dialect,
        missing,
        headers,
      ]),
    ),
  )('FWD-14 %s without %s is denied, and never taken for "/"', async (dialect, missing, headers) => {
    const line = `GET /${dialect}/shop HTTP/1.1`;
    const written = (changes: Record<string, string>) =>
      Object.entries({ Host: 'postern', ...headers, ...changes }).map(([name, value]) => `${name}: ${value}`);
    const without = written({}).filter((header) => !header.startsWith(`${missing}:`));
    const port = postern.ports.decision;
    expect(await askRaw(port, { line, headers: written({}) })).toBe(200);
    const bad = dialect === 'auth-request' ? 403 : 400;
    for (const changed of [without, written({ [missing]: '' }), written({ [missing]: ' ' })]) {
      expect(await askRaw(port, { line, headers: changed }, [cookie])).toBe(bad);
    }
  });

  it('FWD-14 ext-authz without a path is denied', async () => {
    for (const rest of ['', '?x=/public/x', '?/public/x']) {
      expect(await ask('ext-authz', { uri: rest }, [cookie])).toBe(400);
    }
  });

  it.each(['ftp', 'HTTPS', 'https,http', 'javascript', ''])(
    'a scheme that is none is denied: %j',
    async (scheme) => {
      expect(await ask('forward-auth', { uri: '/public/x', scheme })).toBe(400);
      expect(await ask('auth-request', { uri: '/public/x', scheme })).toBe(403);
    },
  );
});
