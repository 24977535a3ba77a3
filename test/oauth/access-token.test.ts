import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import {
  askIssuer,
  decide,
  declareResource,
  decodeToken,
  getToken,
  grant,
  type Registered,
  registerApplication,
  succeed,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const ORDERS = 'https://api.example.com/orders';

let postern: InProcess;
let client: Registered;
beforeAll(async () => {
  postern = await startInProcess({
    publicUrl: 'https://auth.example.com/base/',
    tenants: {
      default: {},
      acme: { tokenProfile: 'appid' },
      curves: { signingAlg: 'ES384', accessTokenTtl: 90 },
    },
    policies: { default: {}, acme: { tenant: 'acme' }, curves: { tenant: 'curves' } },
  });
  client = await registerApplication(postern.ports, { claims: { plan: 'gold', groups_of: ['a', null, 1] } });
  await declareResource(postern.ports, { indicator: ORDERS, scopes: ['orders:read', 'orders:write'] });
  await grant(postern.ports, client, ORDERS, ['orders:write', 'orders:read']);
});
afterAll(() => postern.close());

const ask = async (parameters: Record<string, string> = {}, by = client, tenant = 'default') => {
  const asked = { grant_type: 'client_credentials', ...parameters };
  const reply = await askIssuer(postern.ports, 'token', by, asked, tenant);
  return { ...reply, json: JSON.parse(reply.body) };
};
const keysOf = async (tenant = 'default') => {
  const { body } = await send(postern.ports.public, { path: `/oauth/v4/${tenant}/publickeys` });
  return JSON.parse(body);
};

describe('the answer', () => {
  it('is a Bearer token, its life as a number and what was given, and nothing else', async () => {
    const { status, json } = await ask({ resource: ORDERS, scope: 'orders:read' });
    expect(status).toBe(200);
    expect(json).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'orders:read',
    });
  });

  it('has a scope also where none was given', async () => {
    expect((await ask()).json.scope).toBe('');
  });
});

describe('a token by RFC 9068', () => {
  it('has this header, these claims and the static ones of its application, and no other', async () => {
    const { header, claims } = decodeToken((await ask({ resource: ORDERS })).json.access_token);
    const [{ kid }] = (await keysOf()).keys;
    expect(header).toEqual({ alg: 'RS256', typ: 'at+jwt', kid });
    expect(claims).toEqual({
      plan: 'gold',
      groups_of: ['a', null, 1],
      iss: 'https://auth.example.com/base/oauth/v4/default',
      sub: client.clientId,
      aud: ORDERS,
      client_id: client.clientId,
      jti: expect.stringMatching(/^[0-9a-v]{2}\.[\w-]{43}$/),
      iat: expect.any(Number),
      exp: claims.iat + 3600,
      scope: 'orders:read orders:write',
      tenant: 'default',
    });
  });

  it('is signed by a key that is published', async () => {
    const keys = createLocalJWKSet(await keysOf());
    await expect(jwtVerify((await ask()).json.access_token, keys, { typ: 'at+jwt' })).resolves.toBeDefined();
  });

  it('passes a decision, which says who it is', async () => {
    const token = await getToken(postern.ports, client, { resource: ORDERS });
    const { status, headers } = await decide(postern.ports, token);
    expect([status, headers['x-auth-subject'], headers['x-auth-client-id']]).toEqual([
      200,
      client.clientId,
      client.clientId,
    ]);
    expect(headers['x-auth-subject-type']).toBe('client');
    expect(headers['x-auth-session-id']).toBe(decodeToken(token).claims.jti);
    expect(headers['x-auth-scope']).toBe('orders:read orders:write');
    expect(headers['x-auth-audience']).toBe(ORDERS);
  });

  it.each(['sub', 'client_id', 'scope', 'tenant', 'roles', 'act'])(
    'takes no static claim %s',
    async (name) => {
      await expect(registerApplication(postern.ports, { claims: { [name]: 'x' } })).rejects.toThrow('400');
    },
  );
});

describe("a token as App ID's SDKs demand it", () => {
  it('has a version, a list of audiences, the methods and the default scope', async () => {
    const member = await registerApplication(postern.ports, {}, 'acme');
    const { json } = await ask({}, member, 'acme');
    expect(json.scope).toBe('appid_default');
    const { header, claims } = decodeToken(json.access_token);
    expect(header).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: expect.any(String), ver: 4 });
    expect(claims).toEqual({
      iss: 'https://auth.example.com/base/oauth/v4/acme',
      sub: member.clientId,
      aud: [member.clientId],
      client_id: member.clientId,
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: claims.iat + 3600,
      scope: 'appid_default',
      tenant: 'acme',
      amr: ['appid_client_credentials'],
    });
    const { status, headers } = await decide(postern.ports, json.access_token, 'acme');
    expect([status, headers['x-auth-scope']]).toEqual([200, 'appid_default']);
    expect((await decide(postern.ports, json.access_token)).status).toBe(401);
  });

  it('is signed with RS256, whatever the resource says, and keeps the default scope beside those asked for', async () => {
    const member = await registerApplication(postern.ports, {}, 'acme');
    const curved = declareResource(postern.ports, { indicator: 'urn:curved', signingAlg: 'ES256' }, 'acme');
    await expect(curved).rejects.toThrow('400');
    await declareResource(postern.ports, { indicator: 'urn:plain', scopes: ['a', 'b'] }, 'acme');
    await grant(postern.ports, member, 'urn:plain', ['a', 'b'], 'acme');
    const { json } = await ask({ resource: 'urn:plain', scope: 'b' }, member, 'acme');
    expect(json.scope).toBe('appid_default b');
    expect(decodeToken(json.access_token).claims.aud).toEqual(['urn:plain']);
  });
});

describe('what a resource says of its tokens', () => {
  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('they are signed with %s', async (signingAlg) => {
    const indicator = `urn:signed:${signingAlg}`;
    await declareResource(postern.ports, { indicator, signingAlg });
    const token = await getToken(postern.ports, client, { resource: indicator });
    expect(decodeToken(token).header.alg).toBe(signingAlg);
    const verified = await jwtVerify(token, createLocalJWKSet(await keysOf()), { algorithms: [signingAlg] });
    expect(verified.payload.aud).toBe(indicator);
    expect((await decide(postern.ports, token)).status).toBe(200);
  });

  it('the tenant says where it does not', async () => {
    const member = await registerApplication(postern.ports, {}, 'curves');
    const token = await getToken(postern.ports, member, {}, 'curves');
    expect(decodeToken(token).header.alg).toBe('ES384');
  });

  it('their type can be JWT, which some verifiers insist on', async () => {
    await declareResource(postern.ports, { indicator: 'urn:typed', typ: 'JWT' });
    const token = await getToken(postern.ports, client, { resource: 'urn:typed' });
    expect(decodeToken(token).header.typ).toBe('JWT');
    expect((await decide(postern.ports, token)).status).toBe(200);
  });
});

describe('how long a token lives', () => {
  it('is said by its resource, else its application, else the tenant as it is, else the settings', async () => {
    const life = async (by: Registered, resource: string) => {
      const { json } = await ask({ resource }, by, 'curves');
      const { iat, exp } = decodeToken(json.access_token).claims;
      expect(exp - iat).toBe(json.expires_in);
      return json.expires_in;
    };
    await declareResource(postern.ports, { indicator: 'urn:short', accessTokenTtl: 61 }, 'curves');
    await declareResource(postern.ports, { indicator: 'urn:any' }, 'curves');
    const own = await registerApplication(postern.ports, { accessTokenTtl: 62 }, 'curves');
    const plain = await registerApplication(postern.ports, {}, 'curves');
    expect(await life(plain, 'urn:any')).toBe(90);
    await succeed(postern.ports, 'PUT', '/curves/config/tokens', { access: { expires_in: 63 } });
    expect(await life(plain, 'urn:any')).toBe(63);
    expect(await life(own, 'urn:any')).toBe(62);
    expect(await life(own, 'urn:short')).toBe(61);
  });

  it('is its end to the second', async () => {
    await declareResource(postern.ports, { indicator: 'urn:minute', accessTokenTtl: 60 });
    const token = await getToken(postern.ports, client, { resource: 'urn:minute' });
    postern.advance(58);
    expect((await decide(postern.ports, token)).status).toBe(200);
    postern.advance(2);
    expect((await decide(postern.ports, token)).status).toBe(401);
  });
});
