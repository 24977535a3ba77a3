import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertionOf, UPSTREAM } from '../../support/asserted.ts';
import { createSession, manage, type NewSession, type Reply, send } from '../../support/http.ts';
import { askIssuer, issuerOf, registerApplication } from '../../support/issuer.ts';
import { type InProcess, startInProcess } from '../../support/postern.ts';

let postern: InProcess;
let session: NewSession;
let assertion: string;
beforeAll(async () => {
  postern = await startInProcess({
    policies: {
      default: {},
      open: { anonymous: true },
      asserted: { assertionAudience: UPSTREAM },
      // The audience of our own API: even so it is none of our access tokens.
      tempting: { assertionAudience: 'https://api.example.com' },
    },
  });
  session = await createSession(postern.ports.admin, { subject: 'ada', scope: ['all'] });
  assertion = await assertionOf(postern, session);
});
afterAll(() => postern.close());

const ask = (policy: string, headers: readonly string[]): Promise<Reply> =>
  send(postern.ports.decision, { path: `/forward-auth/${policy}`, headers });

describe('an assertion, shown to us', () => {
  it.each(['default', 'open', 'asserted', 'tempting'])(
    'is no Bearer token for the policy %s',
    async (policy) => {
      for (const shown of [assertion, await assertionOf(postern, session, 'tempting')]) {
        const reply = await ask(policy, ['Authorization', `Bearer ${shown}`]);
        expect([reply.status, reply.headers['www-authenticate']]).toEqual([
          401,
          'Bearer realm="default", error="invalid_token"',
        ]);
      }
    },
  );

  it('is no session cookie', async () => {
    expect((await ask('default', ['Cookie', `session=${assertion}`])).status).toBe(401);
  });

  it('lets nobody manage', async () => {
    const headers = ['Authorization', `Bearer ${assertion}`];
    const path = '/management/v4/default/applications';
    expect((await send(postern.ports.admin, { path, headers })).status).toBe(401);
  });

  it('is not active at introspection, and revokes nothing', async () => {
    const client = await registerApplication(postern.ports);
    const introspected = await askIssuer(postern.ports, 'introspect', client, { token: assertion });
    expect([introspected.status, introspected.body]).toEqual([200, '{"active":false}']);
    expect((await askIssuer(postern.ports, 'revoke', client, { token: assertion })).status).toBe(200);
    expect((await ask('default', ['Cookie', `session=${session.token}`])).status).toBe(200);
  });

  it('authenticates no application', async () => {
    const { clientId } = await registerApplication(postern.ports);
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }).toString();
    const headers = ['Content-Type', 'application/x-www-form-urlencoded'];
    const path = new URL(`${issuerOf(postern.ports)}/token`).pathname;
    expect((await send(postern.ports.public, { method: 'POST', path, headers, body })).status).toBe(401);
  });
});

describe('where some policy has an assertion', () => {
  const assertionLine = ({ rawHeaders }: Reply) => rawHeaders[rawHeaders.indexOf('X-Auth-Assertion') + 1];
  const cookie = () => ['Cookie', `session=${session.token}`];

  it.each([
    ['/auth-request/default', cookie],
    ['/forward-auth/default', cookie],
    ['/ext-authz/default/orders', cookie],
    ['/forward-auth/open', () => []],
    ['/forward-auth/open', () => ['Cookie', 'session=dead']],
    ['/resolve/open', () => ['Authorization', 'Bearer dead']],
  ])('HDR-01 an allow of another carries the header, empty: %s', async (path, headers) => {
    const reply = await send(postern.ports.decision, {
      path,
      headers: [...headers(), 'X-Auth-Assertion', 'forged'],
    });
    expect(reply.status).toBe(200);
    expect(reply.rawHeaders).toContain('X-Auth-Assertion');
    expect(assertionLine(reply)).toBe('');
  });

  it('HDR-03 a denial of it carries none', async () => {
    const { rawHeaders, status } = await ask('asserted', []);
    expect(status).toBe(401);
    expect(rawHeaders).not.toContain('X-Auth-Assertion');
  });

  it('a revoked session gets none any more, from the next request on', async () => {
    const { id, token } = await createSession(postern.ports.admin, { subject: 'bob' });
    await assertionOf(postern, { token });
    await manage(postern.ports.admin, 'DELETE', `/default/sessions/${id}`);
    const reply = await ask('asserted', ['Cookie', `session=${token}`]);
    expect(reply.status).toBe(401);
    expect(reply.rawHeaders).not.toContain('X-Auth-Assertion');
  });
});

it('where no policy has an assertion there is no header of one', async () => {
  const plain = await startInProcess();
  const { token } = await createSession(plain.ports.admin, { subject: 'ada' });
  const headers = ['Cookie', `session=${token}`];
  const reply = await send(plain.ports.decision, { path: '/forward-auth/default', headers });
  expect(reply.status).toBe(200);
  expect(reply.rawHeaders).not.toContain('X-Auth-Assertion');
  await plain.close();
});
