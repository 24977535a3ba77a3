import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOGIN, NAVIGATION } from '../support/browsers.ts';
import { bearerOf, cookieOf, createSession, type Reply, send } from '../support/http.ts';
import { askingFor, DIALECT_NAMES, type Original } from '../support/original.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({
    login: { url: LOGIN, hosts: ['app.example.com'] },
    policies: {
      default: {},
      fresh: { maxAuthAgeSeconds: 60 },
      api: { loginUrl: 'none' },
      open: { anonymous: true },
    },
  });
});
afterAll(() => postern.close());

const STATUSES = { 'auth-request': 401, 'forward-auth': 302, 'ext-authz': 302 } as const;
type Dialect = keyof typeof STATUSES;

/** One subrequest about the original request, with what the client sent beside it. */
function ask(
  dialect: Dialect,
  original: Original,
  headers: readonly string[] = NAVIGATION,
  policy = 'default',
) {
  const asking = askingFor(dialect, original, policy);
  return send(postern.ports.decision, { ...asking, headers: [...asking.headers, ...headers] });
}

const rdOf = ({ headers }: Reply): URL =>
  new URL(new URL(headers.location ?? '').searchParams.get('rd') ?? '');

describe.each(DIALECT_NAMES)('a person without a session, behind %s', (dialect) => {
  it('is sent to the login page, and told what a program is told', async () => {
    const reply = await ask(dialect, { uri: '/orders?id=1' });
    expect(reply.status).toBe(STATUSES[dialect]);
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="default"');
    expect(rdOf(reply).href).toMatch(/^https:\/\/app\.example\.com\/orders\?id=1&postern-attempt=1\.\d+$/);
    expect([reply.headers['content-length'], reply.body]).toEqual(['0', '']);
  });

  it('is sent there too when the login is too old', async () => {
    const ada = await createSession(postern.ports.admin, { subject: 'ada', authenticatedAt: 1 });
    const reply = await ask(dialect, {}, [...NAVIGATION, ...cookieOf(ada)], 'fresh');
    expect(reply.status).toBe(STATUSES[dialect]);
    expect(reply.headers['www-authenticate']).toContain('insufficient_user_authentication');
    expect(rdOf(reply).host).toBe('app.example.com');
  });

  it.each<[string, Original, readonly string[], string]>([
    ['RD-06 for a script', {}, ['Accept', 'application/json'], 'default'],
    ['RD-07 for a POST', { method: 'POST' }, NAVIGATION, 'default'],
    ['RD-04 from http', { scheme: 'http' }, NAVIGATION, 'default'],
    ['RD-02 from another host', { host: 'app.example.com.evil' }, NAVIGATION, 'default'],
    ['with a Bearer token', {}, [...NAVIGATION, ...bearerOf({ token: 'x' })], 'default'],
    ['where the policy has no login page', {}, NAVIGATION, 'api'],
  ])('%s, it is the 401 alone', async (_, original, headers, policy) => {
    const reply = await ask(dialect, original, headers, policy);
    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toContain('Bearer realm="default"');
    expect(reply.headers).not.toHaveProperty('location');
  });

  it('passes where anybody may', async () => {
    expect((await ask(dialect, {}, NAVIGATION, 'open')).status).toBe(200);
  });

  it('FWD-06 FWD-07 RD-05 is sent back to where the proxy says, whatever the client writes', async () => {
    const forged = [
      ['X-Forwarded-Prefix', '//evil.example'],
      ['X-Forwarded-Server', 'evil.example'],
      ['X-Rewrite-Url', '//evil.example'],
      ['Forwarded', 'host=evil.example;proto=http'],
      ['Referer', 'https://evil.example/'],
      // What this dialect reads is the proxy's; what others read is the client's.
      ...(dialect === 'auth-request'
        ? [
            ['X-Forwarded-Host', 'evil.example'],
            ['X-Forwarded-Proto', 'http'],
            ['X-Forwarded-Uri', '//evil.example'],
          ]
        : [['X-Original-URL', 'https://evil.example/']]),
    ].flat();
    const rd = rdOf(await ask(dialect, { uri: '/orders' }, [...NAVIGATION, ...forged]));
    expect(rd.origin + rd.pathname).toBe('https://app.example.com/orders');
  });

  it('RD-08 that comes back three times is told why, and not sent away again', async () => {
    const headers = [...NAVIGATION, 'Cookie', `session=${'x'.repeat(20)}`];
    let uri = '/orders?id=1';
    for (const attempt of [1, 2, 3]) {
      const rd = rdOf(await ask(dialect, { uri }, headers));
      expect(rd.search).toMatch(new RegExp(`^\\?id=1&postern-attempt=${attempt}\\.\\d+$`));
      uri = rd.pathname + rd.search;
    }
    const last = await ask(dialect, { uri }, headers);
    expect(last.status).toBe(401);
    expect(last.headers).not.toHaveProperty('location');
    expect(last.headers['www-authenticate']).toMatch(
      /^Bearer realm="default", error="login_loop", error_description="The cookie named session [^"]+"$/,
    );
    expect(last.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(last.headers['content-length']).toBe(String(Buffer.byteLength(last.body)));
    expect(last.body).toContain('The cookie named session is no session here');
    const echoed = [last.body, ...last.rawHeaders].join('\n');
    for (const text of ['xxx', 'orders', 'id=1']) expect(echoed).not.toContain(text);
  });
});

describe('what stands in the place of a page', () => {
  it('RD-08 is announced, and not sent, to a proxy that asks with HEAD', async () => {
    const askWith = async (method: string, uri: string) => {
      const subrequest = askingFor('forward-auth', { uri });
      return send(postern.ports.decision, {
        ...subrequest,
        method,
        headers: [...subrequest.headers, ...NAVIGATION],
      });
    };
    let uri = '/';
    for (let round = 0; round < 3; round += 1) {
      const rd = rdOf(await askWith('HEAD', uri));
      uri = rd.pathname + rd.search;
    }
    const [got, head] = [await askWith('GET', uri), await askWith('HEAD', uri)];
    expect([head.status, head.body]).toEqual([401, '']);
    expect(head.headers['content-length']).toBe(got.headers['content-length']);
    expect(Number(head.headers['content-length'])).toBe(got.body.length);
  });

  it('RD-08 gives way as soon as there is a session', async () => {
    const ada = await createSession(postern.ports.admin, { subject: 'ada' });
    const rd = rdOf(await ask('forward-auth', { uri: '/' }));
    const uri = rd.pathname + rd.search;
    expect((await ask('forward-auth', { uri }, [...NAVIGATION, ...cookieOf(ada)])).status).toBe(200);
  });
});
