import { exportJWK, generateKeyPair } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionOn, declareResource, grant, issuerOf, registerApplication } from '../../support/issuer.ts';
import { type InProcess, startInProcess } from '../../support/postern.ts';

const ORDERS = 'https://orders.example/api';
/** It asks for TLS, save where it is told that this is a test. */
const PLAIN = { [oauth.allowInsecureRequests]: true };

let postern: InProcess;
let keys: oauth.CryptoKeyPair;
let client: oauth.Client;
let secret: string;
beforeAll(async () => {
  postern = await startInProcess({ policies: { orders: { audience: ORDERS, scope: ['orders:read'] } } });
  await declareResource(postern.ports, { indicator: ORDERS, scopes: ['orders:read', 'orders:write'] });
  keys = await generateKeyPair('RS256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one' }] };
  const application = await registerApplication(postern.ports, { jwks });
  await grant(postern.ports, application, ORDERS, ['orders:read', 'orders:write']);
  client = { client_id: application.clientId };
  secret = application.secret;
});
afterAll(() => postern.close());

type Algorithm = 'oidc' | 'oauth2';

async function discover(algorithm: Algorithm = 'oidc'): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(issuerOf(postern.ports));
  return oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm, ...PLAIN }),
  );
}

async function ask(
  server: oauth.AuthorizationServer,
  authentication: oauth.ClientAuth,
): Promise<oauth.TokenEndpointResponse> {
  const asked = { resource: ORDERS, scope: 'orders:read' };
  const response = await oauth.clientCredentialsGrantRequest(server, client, authentication, asked, PLAIN);
  return oauth.processClientCredentialsResponse(server, client, response);
}

async function introspect(
  server: oauth.AuthorizationServer,
  authentication: oauth.ClientAuth,
  token: string,
): Promise<oauth.IntrospectionResponse> {
  const response = await oauth.introspectionRequest(server, client, authentication, token, PLAIN);
  return oauth.processIntrospectionResponse(server, client, response);
}

const METHODS: readonly (readonly [string, () => oauth.ClientAuth])[] = [
  ['client_secret_basic', () => oauth.ClientSecretBasic(secret)],
  ['client_secret_post', () => oauth.ClientSecretPost(secret)],
  ['private_key_jwt', () => oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' })],
];

describe.each<Algorithm>(['oidc', 'oauth2'])('oauth4webapi, after discovery as of %s', (algorithm) => {
  it.each(METHODS)('finds every answer valid that it gets by %s', async (_name, method) => {
    const server = await discover(algorithm);
    const answer = await ask(server, method());
    expect(answer).toMatchObject({ token_type: 'bearer', expires_in: 3_600, scope: 'orders:read' });
    const token = answer.access_token;

    expect(await introspect(server, method(), token)).toMatchObject({
      active: true,
      sub: client.client_id,
      aud: ORDERS,
    });
    const revocation = await oauth.revocationRequest(server, client, method(), token, PLAIN);
    expect(await oauth.processRevocationResponse(revocation)).toBeUndefined();
    expect(await introspect(server, method(), token)).toEqual({ active: false });
    expect(await decisionOn(postern.ports, token, 'orders')).toBe(401);
  });

  it('finds every method that it is told of among those that it can use', async () => {
    const server = await discover(algorithm);
    const names = METHODS.map(([name]) => name);
    expect(server.token_endpoint_auth_methods_supported).toEqual(names);
    expect(server.introspection_endpoint_auth_methods_supported).toEqual(names);
    expect(server.revocation_endpoint_auth_methods_supported).toEqual(names);
  });
});

describe('oauth4webapi', () => {
  it('reads the challenge to a wrong secret in Authorization', async () => {
    const server = await discover();
    const error = await ask(server, oauth.ClientSecretBasic('wrong')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
    expect(error).toMatchObject({
      status: 401,
      cause: [{ scheme: 'basic', parameters: { realm: 'default', error: 'invalid_client' } }],
    });
  });

  it('reads the error about a wrong secret in the body', async () => {
    const server = await discover();
    const error = await ask(server, oauth.ClientSecretPost('wrong')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(oauth.ResponseBodyError);
    expect(error).toMatchObject({ status: 401, error: 'invalid_client' });
  });

  it('reads the challenge to a wrong secret at introspection and at revocation', async () => {
    const server = await discover();
    const wrong = oauth.ClientSecretBasic('wrong');
    const challenge = oauth.WWWAuthenticateChallengeError;
    await expect(introspect(server, wrong, 'token')).rejects.toBeInstanceOf(challenge);
    const revocation = await oauth.revocationRequest(server, client, wrong, 'token', PLAIN);
    await expect(oauth.processRevocationResponse(revocation)).rejects.toBeInstanceOf(challenge);
  });

  it('TOK-11 is refused an assertion that was used before', async () => {
    const server = await discover();
    const jti = crypto.randomUUID();
    const key = { key: keys.privateKey, kid: 'one' };
    const again = oauth.PrivateKeyJwt(key, {
      [oauth.modifyAssertion]: (_header, payload) => {
        payload.jti = jti;
      },
    });
    await ask(server, again);
    await expect(ask(server, again)).rejects.toMatchObject({ error: 'invalid_client' });
  });
});
