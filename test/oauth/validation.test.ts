import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { declareResource, getToken, grant, type Registered, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { createSigner, encode, signToken, withOtherSignature } from '../support/tokens.ts';

const ORDERS = 'https://api.example.com/orders';
const INVOICES = 'https://api.example.com/invoices';

let postern: InProcess;
let client: Registered;
beforeAll(async () => {
  postern = await startInProcess({
    tenants: { default: { signingAlg: 'ES256' }, acme: {} },
    policies: {
      default: {},
      orders: { audience: ORDERS, scope: ['orders:read'] },
      'any-order': { audience: ORDERS, anyScope: ['orders:admin', 'orders:read'] },
      machines: { subjectType: 'client' },
      users: { subjectType: 'user' },
    },
  });
  client = await registerApplication(postern.ports);
  await declareResource(postern.ports, { indicator: ORDERS, scopes: ['orders:read', 'orders:write'] });
  await declareResource(postern.ports, { indicator: INVOICES, scopes: ['orders:read'] });
  await grant(postern.ports, client, ORDERS, ['orders:read', 'orders:write']);
});
afterAll(() => postern.close());

const orders = (parameters = {}) => getToken(postern.ports, client, { resource: ORDERS, ...parameters });

async function ask(token: string, policy = 'orders') {
  const path = `/auth-request/${policy}`;
  const reply = await send(postern.ports.decision, { path, headers: ['Authorization', `Bearer ${token}`] });
  return { status: reply.status, challenge: reply.headers['www-authenticate'], headers: reply.headers };
}

const invalid = { status: 401, challenge: 'Bearer realm="default", error="invalid_token"' };

describe('the six steps of validating an access token', () => {
  it('all of them passed, it is let in as its client', async () => {
    const { status, headers } = await ask(await orders());
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'x-auth-subject': client.clientId,
      'x-auth-subject-type': 'client',
      'x-auth-client-id': client.clientId,
      'x-auth-audience': ORDERS,
      'x-auth-scope': 'orders:read orders:write',
    });
  });

  it('1: it is a JSON Web Token', async () => {
    const [, payload = '', signature = ''] = (await orders()).split('.');
    for (const token of [
      `${payload}.${signature}`,
      `${encode('[]')}.${payload}.${signature}`,
      `${encode('no json')}.${payload}.${signature}`,
    ]) {
      expect(await ask(token)).toMatchObject(invalid);
    }
  });

  it('2: its signature is that of a key of ours, over what it says', async () => {
    const [header = '', payload = '', signature = ''] = (await orders()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const more = encode({ ...claims, scope: 'orders:read orders:admin' });
    expect(await ask(`${header}.${more}.${signature}`)).toMatchObject(invalid);
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const forger = createSigner('ES256', kid);
    expect(await ask(signToken(forger, claims))).toMatchObject(invalid);
  });

  it('3: its issuer is that of the tenant', async () => {
    const other = await registerApplication(postern.ports, {}, 'acme');
    expect(await ask(await getToken(postern.ports, other, {}, 'acme'), 'default')).toMatchObject(invalid);
  });

  it('4: it is for this API', async () => {
    const { status, challenge } = await ask(await getToken(postern.ports, client, { resource: INVOICES }));
    expect([status, challenge]).toEqual([403, 'Bearer realm="default", error="insufficient_scope"']);
  });

  it('5: its time is not over', async () => {
    const token = await orders();
    postern.advance(3_599);
    expect((await ask(token)).status).toBe(200);
    postern.advance(1);
    expect(await ask(token)).toMatchObject(invalid);
  });

  it('6: it has the scope that is asked for: all of them, or any', async () => {
    const lacking = await orders({ scope: 'orders:write' });
    expect(await ask(lacking)).toMatchObject({
      status: 403,
      challenge: 'Bearer realm="default", error="insufficient_scope", scope="orders:read"',
    });
    expect(await ask(lacking, 'any-order')).toMatchObject({
      status: 403,
      challenge: 'Bearer realm="default", error="insufficient_scope", scope="orders:admin orders:read"',
    });
    expect((await ask(await orders(), 'any-order')).status).toBe(200);
  });

  it('and it is never taken for a user', async () => {
    const token = await orders();
    expect((await ask(token, 'machines')).status).toBe(200);
    expect((await ask(token, 'users')).status).toBe(403);
  });
});

/** Every text that some library reads as the same token. */
function spellingsOf(token: string): readonly string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const bytes = Buffer.from(token.split('.')[2] ?? '', 'base64url');
  const same = [...alphabet]
    .map((last) => token.slice(0, -1) + last)
    .filter((text) => Buffer.from(text.split('.')[2] ?? '', 'base64url').equals(bytes) && text !== token);
  expect(same).toHaveLength(15);
  return [
    ...same,
    `${token}=`,
    `${token}==`,
    `${token}A`,
    `${token}.`,
    `.${token}`,
    token.replace('.', '=.'),
  ];
}

describe('JWT-18 another spelling of a token', () => {
  it('is refused, while the token lives and after it was revoked', async () => {
    const token = await orders();
    for (const text of spellingsOf(token)) expect((await ask(text)).status).toBe(401);
    const spaced = [`${token} `, ` ${token}`, `${token}\t`, token.replace('.', '. ')];
    for (const text of spaced) expect([200, 401]).toContain((await ask(text)).status);
    expect((await ask(token)).status).toBe(200);
    await revoke(token);
    for (const text of [token, ...spellingsOf(token), ...spaced]) expect((await ask(text)).status).toBe(401);
  });

  it('with the second signature of its kind can be told from it by nobody, and follows its row', async () => {
    const token = await orders();
    const twin = withOtherSignature(token);
    expect(twin).not.toBe(token);
    expect((await ask(twin)).status).toBe(200);
    expect((await ask(token)).status).toBe(200);
    await revoke(twin);
    expect(await ask(token)).toMatchObject(invalid);
    expect(await ask(twin)).toMatchObject(invalid);
  });

  it('a forged signature around the jti of a live token is refused, before and after that was let in', async () => {
    const token = await orders();
    const [header = '', payload = '', signature = ''] = token.split('.');
    const forged = Buffer.from(signature, 'base64url');
    forged[5] = (forged[5] ?? 0) ^ 1;
    const text = `${header}.${payload}.${forged.toString('base64url')}`;
    expect(await ask(text)).toMatchObject(invalid);
    expect((await ask(token)).status).toBe(200);
    expect(await ask(text)).toMatchObject(invalid);
  });

  it('its id, its row and its parts are no tokens', async () => {
    const token = await orders();
    const [header = '', payload = ''] = token.split('.');
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    for (const text of [
      jti,
      jti.replace('.', ''),
      payload,
      `${header}.${payload}.`,
      `${header}.${payload}`,
    ]) {
      expect((await ask(text)).status).toBe(401);
    }
  });
});

async function revoke(token: string): Promise<void> {
  const { clientId, secret } = client;
  const reply = await send(postern.ports.public, {
    method: 'POST',
    path: '/oauth/v4/default/revoke',
    headers: ['Content-Type', 'application/x-www-form-urlencoded'],
    body: new URLSearchParams({ token, client_id: clientId, client_secret: secret }).toString(),
  });
  expect([reply.status, reply.body]).toEqual([200, '']);
}
