import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearerOf, createSession, manage, send } from '../support/http.ts';
import {
  basicOf,
  declareResource,
  decodeToken,
  getToken,
  grant,
  present,
  type Registered,
  refusalOf,
  registerApplication,
  succeed,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const ORDERS = 'https://api.example.com/orders';
const OPAQUE = 'https://api.example.com/opaque';

let postern: InProcess;
let client: Registered;
let api: Registered;
let stranger: Registered;
beforeAll(async () => {
  const options = { signingAlg: 'ES256' } as const;
  postern = await startInProcess({
    tenants: { default: options, acme: options, appid: { tokenProfile: 'appid' } },
    policies: { default: {}, acme: { tenant: 'acme' }, reading: { audience: OPAQUE, scope: ['read'] } },
  });
  const { ports } = postern;
  [client, api, stranger] = [
    await registerApplication(ports),
    await registerApplication(ports),
    await registerApplication(ports),
  ];
  const introspectors = [api.clientId];
  await declareResource(ports, { indicator: ORDERS, scopes: ['read', 'write'], introspectors });
  await declareResource(ports, { indicator: OPAQUE, tokenFormat: 'opaque', scopes: ['read'], introspectors });
  await succeed(ports, 'PUT', `/default/applications/${client.clientId}/grants`, {
    grants: [ORDERS, OPAQUE].map((resource) => ({ resource, scopes: ['read'] })),
  });
});
afterAll(() => postern.close());

const introspect = (by: Registered, token: string, tenant?: string) =>
  present(postern.ports, {
    endpoint: 'introspect',
    basic: basicOf(by),
    form: { token },
    ...(tenant !== undefined && { tenant }),
  });
const INACTIVE = '{"active":false}';

describe('introspection', () => {
  it('tells whoever a token was issued to all that RFC 7662 names of it, and nothing else', async () => {
    const token = await getToken(postern.ports, client, { resource: ORDERS });
    const { claims } = decodeToken(token);
    const reply = await introspect(client, token);
    expect(reply.json).toEqual({
      active: true,
      scope: 'read',
      client_id: client.clientId,
      token_type: 'Bearer',
      exp: claims.exp,
      iat: claims.iat,
      sub: client.clientId,
      aud: ORDERS,
      iss: `http://127.0.0.1:${postern.ports.public}/oauth/v4/default`,
      jti: claims.jti,
      tenant: 'default',
    });
    expect([reply.headers['cache-control'], reply.headers.pragma]).toEqual(['no-store', 'no-cache']);
  });

  it('tells an introspector of the resource the same, and nobody else anything', async () => {
    const token = await getToken(postern.ports, client, { resource: ORDERS });
    const own = await introspect(client, token);
    expect((await introspect(api, token)).body).toBe(own.body);
    expect((await introspect(stranger, token)).body).toBe(INACTIVE);
    const forItself = await getToken(postern.ports, client);
    expect((await introspect(api, forItself)).body).toBe(INACTIVE);
  });

  it('tells an application of the tokens for what it offers itself', async () => {
    const token = await getToken(postern.ports, client, { audience: api.clientId });
    expect((await introspect(api, token)).json.active).toBe(true);
    expect((await introspect(stranger, token)).body).toBe(INACTIVE);
  });

  it('tells one that is an introspector no more nothing', async () => {
    const id = await declareResource(postern.ports, {
      indicator: 'urn:left',
      introspectors: [stranger.clientId],
    });
    const token = await getToken(postern.ports, client, { resource: 'urn:left' });
    expect((await introspect(stranger, token)).json.active).toBe(true);
    await succeed(postern.ports, 'PATCH', `/default/resources/${id}`, { introspectors: [] });
    expect((await introspect(stranger, token)).body).toBe(INACTIVE);
  });

  it('says what a token is good for now, not what it was given', async () => {
    const id = await declareResource(postern.ports, { indicator: 'urn:shrinking', scopes: ['a', 'b'] });
    const by = await registerApplication(postern.ports);
    await grant(postern.ports, by, 'urn:shrinking', ['a', 'b']);
    const token = await getToken(postern.ports, by, { resource: 'urn:shrinking' });
    await succeed(postern.ports, 'DELETE', `/default/resources/${id}/scopes/a`);
    expect((await introspect(by, token)).json.scope).toBe('b');
  });

  it('knows the tokens of the profile appid', async () => {
    const member = await registerApplication(postern.ports, {}, 'appid');
    const token = await getToken(postern.ports, member, {}, 'appid');
    const { json } = await introspect(member, token, 'appid');
    expect([json.active, json.scope, json.aud]).toEqual([true, 'appid_default', member.clientId]);
  });

  it.each<[string, () => Promise<string>]>([
    ['garbage', async () => 'garbage'],
    ['a text of the grammar of a token', async () => `00${'a'.repeat(43)}`],
    ['what begins like a JSON Web Token', async () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['a token whose signature is cut', async () => (await getToken(postern.ports, client)).slice(0, -4)],
    ['the jti of a live token', async () => decodeToken(await getToken(postern.ports, client)).claims.jti],
    ['the secret of the client', async () => client.secret],
    ['a NUL in disguise', async () => '%00'],
    ['8 KB', async () => 'x'.repeat(8_192)],
  ])('says exactly that it is not active of %s', async (_, made) => {
    const reply = await introspect(client, await made());
    expect([reply.status, reply.body]).toEqual([200, INACTIVE]);
  });

  it('says the same of a token of another tenant, a revoked and an expired one', async () => {
    const member = await registerApplication(postern.ports, {}, 'acme');
    const foreign = await getToken(postern.ports, member, {}, 'acme');
    expect((await introspect(member, foreign, 'acme')).json.active).toBe(true);
    expect((await introspect(client, foreign)).body).toBe(INACTIVE);
    const revoked = await getToken(postern.ports, client);
    await succeed(postern.ports, 'DELETE', `/default/sessions/${decodeToken(revoked).claims.jti}`);
    expect((await introspect(client, revoked)).body).toBe(INACTIVE);
    const short = await registerApplication(postern.ports, { accessTokenTtl: 60 });
    const expired = await getToken(postern.ports, short);
    postern.advance(61);
    expect((await introspect(short, expired)).body).toBe(INACTIVE);
  });

  it("says of a user's session what it may say, to an introspector of its audience alone", async () => {
    const { token } = await createSession(postern.ports.admin, {
      subject: 'ada',
      audience: [ORDERS],
      scope: ['read'],
    });
    const { json } = await introspect(api, token);
    expect([json.active, json.sub, json.aud]).toEqual([true, 'ada', ORDERS]);
    expect(json).not.toHaveProperty('client_id');
    expect((await introspect(client, token)).body).toBe(INACTIVE);
  });

  it('is for clients, and wants a token', async () => {
    const nobody = present(postern.ports, { endpoint: 'introspect', form: { token: 'x' } });
    expect(await refusalOf(nobody)).toEqual([401, 'invalid_client']);
    expect(await refusalOf(introspect(client, ''))).toEqual([400, 'invalid_request']);
    const get = await send(postern.ports.public, { path: '/oauth/v4/default/introspect?token=x' });
    expect([get.status, get.headers.allow]).toEqual([405, 'POST']);
  });
});

describe('an opaque token', () => {
  it('tells nothing, and passes decisions and introspection as any other', async () => {
    const token = await getToken(postern.ports, client, { resource: OPAQUE });
    expect(token).toMatch(/^[0-9a-v]{2}[\w-]{43}$/);
    const decision = { path: '/auth-request/reading', headers: bearerOf({ token }) };
    const { status, headers } = await send(postern.ports.decision, decision);
    expect([status, headers['x-auth-subject'], headers['x-auth-scope']]).toEqual([
      200,
      client.clientId,
      'read',
    ]);
    const { json } = await introspect(api, token);
    expect([json.active, json.aud, json.jti]).toEqual([true, OPAQUE, headers['x-auth-session-id']]);
    expect((await introspect(stranger, token)).body).toBe(INACTIVE);
    await manage(postern.ports.admin, 'DELETE', `/default/sessions/${json.jti}`);
    expect((await send(postern.ports.decision, decision)).status).toBe(401);
    expect((await introspect(api, token)).body).toBe(INACTIVE);
  });
});
