import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieOf, createSession, sendRaw, statusesOf } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let cookie: string;
beforeAll(async () => {
  postern = await startInProcess({
    policies: {
      orders: { roles: ['nobody-has-this'] },
      public: { anonymous: true },
      open: { anonymous: true },
    },
  });
  cookie = cookieOf(await createSession(postern.ports.admin, { subject: 'ada' })).join(': ');
});
afterAll(() => postern.close());

/** On the socket, since every client library would tidy the target up. */
async function ask(target: string, extra: readonly string[] = []): Promise<number | undefined> {
  const head = [`GET ${target} HTTP/1.1`, 'Host: postern', 'Connection: close', ...extra, '', ''].join(
    '\r\n',
  );
  const [status] = statusesOf(await sendRaw(postern.ports.decision, Buffer.from(head, 'latin1')));
  return status;
}

const ESCAPES = [
  '/auth-request/orders/../public',
  '/auth-request/orders/%2e%2e/public',
  '/auth-request/orders/%2E%2E/public',
  '/auth-request/orders/.%2e/public',
  '/auth-request/orders/..%2fpublic',
  '/auth-request/orders/..\\public',
  '/auth-request/./public',
  '/auth-request//public',
  '//auth-request/public',
  '/auth-request/public/',
  '/auth-request/public/.',
  '/auth-request/public;x',
  '/auth-request/public%00',
  '/auth-request/public%20',
  '/auth-request/public.',
  '/auth-request/%70ublic',
  '/auth-request/PUBLIC',
  '/Auth-Request/public',
  '/auth-request%2fpublic',
  '/auth-request/public#x',
  '/auth-request/public/../orders',
  '/auth-request/',
  '/auth-request',
  '/forward-auth/orders/../public',
  '/resolve/orders',
  '/resolve/public/x',
  '/ext-authz',
  '/ext-authz//public',
  '/ext-authz/%70ublic',
  '/ext-authz/public%2f',
  '/ext-authz/../auth-request/public',
  'http://postern/auth-request/public',
  'http://evil/auth-request/public',
  'https://evil/auth-request/open',
  '/',
  '*',
];

describe('the request target', () => {
  it('names a policy, and what follows the first "?" is not read', async () => {
    expect(await ask('/auth-request/public')).toBe(200);
    expect(await ask('/auth-request/public?x=/../orders')).toBe(200);
    expect(await ask('/auth-request/orders?/../public')).toBe(401);
    expect(await ask('/auth-request/orders?x=/auth-request/public', [cookie])).toBe(403);
  });

  it.each(ESCAPES)('HTTP-05 is never resolved into another: %s', async (target) => {
    for (const extra of [[], [cookie]]) expect([404, 400]).toContain(await ask(target, extra));
  });

  it.each([
    '/auth-request/open/%2e%2e/livez',
    '/auth-request/open/../../livez',
    '/auth-request/../metrics',
    '/auth-request/x/../../management',
    '/auth-request/x/../../management/v4/default/sessions',
    '/livez',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/management/v4/default/sessions',
    '/oauth/v4/default/token',
    '/.well-known/jwks.json',
    '/favicon.ico',
  ])('LSN-02 LSN-05 nothing but a decision is here: %s', async (target) => {
    for (const extra of [[], [cookie]]) expect(await ask(target, extra)).toBe(404);
  });
});

describe('bad input on the decision listener', () => {
  it('LSN-04 is never answered 2xx without a live credential, save by an anonymous policy', async () => {
    const policies = ['orders', 'unknown', '__proto__', 'constructor', 'toString', ''];
    const credentials = [
      'Cookie: session=',
      'Cookie: session=x; session=y',
      'Authorization: Bearer',
      'Authorization: Bearer x',
      'Authorization: Basic eDp5',
      'X-Auth-Subject: ada',
      'X-Original-URL: /public',
      'X-Forwarded-Uri: /auth-request/public',
      'X-HTTP-Method-Override: OPTIONS',
      'Authorization:',
    ];
    const targets = [
      ...ESCAPES,
      ...policies.flatMap((name) => [`/auth-request/${name}`, `/forward-auth/${name}`]),
    ];
    const asked = targets.flatMap((target) => credentials.map((credential) => ask(target, [credential])));
    for (const status of await Promise.all(asked)) expect(status).toBeGreaterThanOrEqual(400);
    expect(await ask('/auth-request/public')).toBe(200);
  });
});
