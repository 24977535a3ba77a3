import { exportJWK, generateKeyPair } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decisionOn,
  declareResource,
  grant,
  issuerOf,
  type Registered,
  registerApplication,
} from '../../support/issuer.ts';
import { type InProcess, startInProcess } from '../../support/postern.ts';

const ORDERS = 'https://orders.example/api';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({ policies: { orders: { audience: ORDERS, scope: ['orders:read'] } } });
  await declareResource(postern.ports, { indicator: ORDERS, scopes: ['orders:read', 'orders:write'] });
});
afterAll(() => postern.close());

async function register(body: object = {}): Promise<Registered> {
  const application = await registerApplication(postern.ports, body);
  await grant(postern.ports, application, ORDERS, ['orders:read', 'orders:write']);
  return application;
}

/** `named` is the `alg` of the key as it is registered. */
async function registerKey(alg: string, named = alg) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const application = await register({ jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: named }] } });
  return { application, authentication: client.PrivateKeyJwt(privateKey) };
}

async function discover(
  { clientId }: Registered,
  authentication: client.ClientAuth,
  algorithm: 'oidc' | 'oauth2' = 'oidc',
): Promise<client.Configuration> {
  const execute = [client.allowInsecureRequests];
  const issuer = new URL(issuerOf(postern.ports));
  return client.discovery(issuer, clientId, undefined, authentication, { algorithm, execute });
}

const METHODS = {
  client_secret_basic: async () => {
    const application = await register();
    return { application, authentication: client.ClientSecretBasic(application.secret) };
  },
  client_secret_post: async () => {
    const application = await register();
    return { application, authentication: client.ClientSecretPost(application.secret) };
  },
  private_key_jwt: () => registerKey('ES256'),
};

describe.each(['oidc', 'oauth2'] as const)('openid-client, after discovery as of %s', (algorithm) => {
  it.each(Object.entries(METHODS))('gets, introspects and revokes a token by %s', async (_name, method) => {
    const { application, authentication } = await method();
    const config = await discover(application, authentication, algorithm);
    const answer = await client.clientCredentialsGrant(config, { resource: ORDERS, scope: 'orders:read' });
    expect(answer).toMatchObject({ token_type: 'bearer', expires_in: 3_600, scope: 'orders:read' });
    const token = answer.access_token;
    expect(await decisionOn(postern.ports, token, 'orders')).toBe(200);

    expect(await client.tokenIntrospection(config, token)).toMatchObject({
      active: true,
      iss: issuerOf(postern.ports),
      sub: application.clientId,
      client_id: application.clientId,
      aud: ORDERS,
      scope: 'orders:read',
    });

    await client.tokenRevocation(config, token);
    expect(await client.tokenIntrospection(config, token)).toEqual({ active: false });
    expect(await decisionOn(postern.ports, token, 'orders')).toBe(401);
  });
});

describe('openid-client', () => {
  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'Ed25519'])('proves who it is by a key of %s', async (alg) => {
    const { application, authentication } = await registerKey(alg);
    const config = await discover(application, authentication);
    const { access_token } = await client.clientCredentialsGrant(config, { resource: ORDERS });
    expect(await decisionOn(postern.ports, access_token, 'orders')).toBe(200);
  });

  it('calls Ed25519 by its own name, where its key was registered for EdDSA', async () => {
    const { application, authentication } = await registerKey('Ed25519', 'EdDSA');
    const config = await discover(application, authentication);
    await expect(client.clientCredentialsGrant(config)).resolves.toHaveProperty('access_token');
  });

  it('is told that a key which is not registered is invalid_client', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const { application } = await registerKey('ES256');
    const config = await discover(application, client.PrivateKeyJwt(privateKey));
    await expect(client.clientCredentialsGrant(config)).rejects.toMatchObject({
      error: 'invalid_client',
      status: 401,
    });
  });

  it('is told that a resource which is not declared is invalid_target', async () => {
    const application = await register();
    const config = await discover(application, client.ClientSecretBasic(application.secret));
    const asked = client.clientCredentialsGrant(config, { resource: 'https://nowhere.example' });
    await expect(asked).rejects.toMatchObject({ error: 'invalid_target', status: 400 });
  });
});
