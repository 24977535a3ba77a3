import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDENTITY_HEADER_NAMES } from '../../src/proxy/presets.ts';
import { ORIGIN } from '../support/browsers.ts';
import { bearerOf, cookieOf, createSession, type NewSession, send } from '../support/http.ts';
import { askingFor, DIALECT_NAMES, type DialectName, type Original } from '../support/original.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const POLICIES = {
  default: {},
  staff: { roles: ['staff'] },
  open: { anonymous: true },
  shop: {
    rules: [
      { methods: ['GET', 'PUT'], path: '/orders/**' },
      { methods: ['OPTIONS'], path: '/options/**', roles: ['nobody-has-this'] },
      { path: '/inside/**', clientNetworks: ['192.0.2.0/24'], anonymous: true },
    ],
  },
};
const SHUT = { 'auth-request': 403, 'forward-auth': 400, 'ext-authz': 400 } as const;

let postern: InProcess;
let ada: NewSession;
beforeAll(async () => {
  postern = await startInProcess({ cors: { origins: [ORIGIN] }, policies: POLICIES });
  ada = await createSession(postern.ports.admin, { subject: 'ada' });
});
afterAll(() => postern.close());

type Dialect = DialectName;

function ask(
  dialect: Dialect,
  policy: string,
  original: Original,
  headers: readonly string[],
  port = postern.ports.decision,
) {
  const asking = askingFor(dialect, original, policy);
  return send(port, { ...asking, headers: [...asking.headers, ...headers] });
}

const FROM_SCRIPT = ['Origin', ORIGIN, 'Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty'];
const PREFLIGHT = ['Origin', ORIGIN, 'Access-Control-Request-Method', 'PUT'];
const OPTIONS = { method: 'OPTIONS', uri: '/orders/1' };

describe.each(DIALECT_NAMES)('a script of an allowed origin, behind %s', (dialect) => {
  it.each<[string, string, () => readonly string[]]>([
    ['no credential', 'default', () => []],
    ['a broken one', 'default', () => ['Authorization', 'Bearer']],
    ['too few rights', 'staff', () => cookieOf(ada)],
    ['a place without a rule', 'shop', () => bearerOf(ada)],
  ])('may read why it was denied, with %s', async (_, policy, credential) => {
    const reply = await ask(dialect, policy, {}, [...FROM_SCRIPT, ...credential()]);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'WWW-Authenticate',
      vary: 'Origin',
    });
  });

  it('gets nothing of it on an allow: that answer is the application’s', async () => {
    const reply = await ask(dialect, 'default', {}, [...FROM_SCRIPT, ...cookieOf(ada)]);
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.headers).filter((name) => /^access-control-|^vary$/.test(name))).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ['another', ['Origin', 'https://evil.example']],
    ['null', ['Origin', 'null']],
    ['two', ['Origin', ORIGIN, 'Origin', ORIGIN]],
  ])('is none where the origin is %s', async (_, headers) => {
    const reply = await ask(dialect, 'default', {}, headers);
    expect(reply.status).toBe(401);
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe.each(DIALECT_NAMES)('a preflight, behind %s', (dialect) => {
  it.each(['default', 'staff', 'open', 'shop'])('passes as nobody, by the policy %s', async (policy) => {
    const reply = await ask(dialect, policy, OPTIONS, PREFLIGHT);
    expect(reply.status).toBe(200);
    for (const name of IDENTITY_HEADER_NAMES) {
      const expected = name === 'X-Auth-Subject-Type' ? 'anonymous' : '';
      expect([name, reply.headers[name.toLowerCase()]]).toEqual([name, expected]);
    }
  });

  it('is nobody also with a session beside it', async () => {
    const reply = await ask(dialect, 'default', OPTIONS, [...PREFLIGHT, ...cookieOf(ada)]);
    expect(reply.status).toBe(200);
    expect(reply.headers['x-auth-subject']).toBe('');
  });

  it.each<[string, Original, readonly string[]]>([
    ['asks for no method', OPTIONS, PREFLIGHT.slice(0, 2)],
    ['asks for two', OPTIONS, [...PREFLIGHT, 'Access-Control-Request-Method', 'PUT']],
    ['asks for an empty one', OPTIONS, [...PREFLIGHT.slice(0, 3), '']],
    ['asks for what is no method', OPTIONS, [...PREFLIGHT.slice(0, 3), 'put, get']],
    ['has no origin', OPTIONS, PREFLIGHT.slice(2)],
    ['has two', OPTIONS, [...PREFLIGHT, 'Origin', ORIGIN]],
    ['has another origin', OPTIONS, ['Origin', 'https://evil.example', ...PREFLIGHT.slice(2)]],
    ['has the origin null', OPTIONS, ['Origin', 'null', ...PREFLIGHT.slice(2)]],
    ['is a GET', { ...OPTIONS, method: 'GET' }, PREFLIGHT],
    ['is a POST', { ...OPTIONS, method: 'POST' }, PREFLIGHT],
  ])('FWD-17 is none where it %s', async (_, original, headers) => {
    expect((await ask(dialect, 'default', original, headers)).status).toBe(401);
  });

  it('FWD-17 is measured by the rule of the method that it asks for', async () => {
    const asking = (method: string) => ['Origin', ORIGIN, 'Access-Control-Request-Method', method];
    const statusOf = async (method: string, uri: string) =>
      (await ask(dialect, 'shop', { method: 'OPTIONS', uri }, asking(method))).status;
    expect(await statusOf('GET', '/orders/1')).toBe(200);
    expect(await statusOf('DELETE', '/orders/1')).toBe(403);
    expect(await statusOf('GET', '/elsewhere')).toBe(403);
    expect(await statusOf('GET', '/options/1')).toBe(403);
    expect(await statusOf('GET', '/inside/1')).toBe(403);
  });

  it('FWD-16 is what the proxy says, and not what the client writes', async () => {
    const forged = [
      ['X-HTTP-Method-Override', 'OPTIONS'],
      ['X-Method-Override', 'OPTIONS'],
      [dialect === 'auth-request' ? 'X-Forwarded-Method' : 'X-Original-Method', 'OPTIONS'],
      ...(dialect === 'ext-authz' ? [['X-Forwarded-Method', 'OPTIONS']] : []),
    ].flat();
    const reply = await ask(dialect, 'default', { uri: '/orders/1' }, [...PREFLIGHT, ...forged]);
    expect(reply.status).toBe(401);
  });

  it('passes nowhere without an allowed origin in the settings, and from nobody who may not ask', async () => {
    const closed = await startInProcess({ policies: POLICIES });
    const strict = await startInProcess({
      cors: { origins: [ORIGIN] },
      policies: POLICIES,
      trustedProxies: ['192.0.2.0/24'],
    });
    expect((await ask(dialect, 'default', OPTIONS, PREFLIGHT, closed.ports.decision)).status).toBe(401);
    expect((await ask(dialect, 'default', OPTIONS, PREFLIGHT, strict.ports.decision)).status).toBe(
      SHUT[dialect],
    );
    await closed.close();
    await strict.close();
  });
});

it('FWD-16 a subrequest that is itself an OPTIONS says nothing of the original request', async () => {
  for (const dialect of ['auth-request', 'forward-auth'] as const) {
    const { path, headers } = askingFor(dialect, { uri: '/orders/1' });
    const sent = { method: 'OPTIONS', path, headers: [...headers, ...PREFLIGHT] };
    expect((await send(postern.ports.decision, sent)).status).toBe(401);
  }
});
