import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ask, type Reply, send } from '../support/http.ts';
import { declareResource, issuerOf } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: {}, other: { signingAlg: 'ES256' } } });
});
afterAll(() => postern.close());

const ask = (path: string, more: Omit<Ask, 'path'> = {}): Promise<Reply> =>
  send(postern.ports.public, { ...more, path });

const placesOf = (tenant: string) => [
  `/oauth/v4/${tenant}/.well-known/openid-configuration`,
  `/oauth/v4/${tenant}/.well-known/oauth-authorization-server`,
  `/.well-known/openid-configuration/oauth/v4/${tenant}`,
  `/.well-known/oauth-authorization-server/oauth/v4/${tenant}`,
];
const [FIRST = ''] = placesOf('default');

const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
const ASSERTION_ALGS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'];

describe('the metadata of a tenant', () => {
  it.each([
    ['default', 'RS256'],
    ['other', 'ES256'],
  ])('of %s is one document, in four places, byte for byte', async (tenant, alg) => {
    const replies = await Promise.all(placesOf(tenant).map((path) => ask(path)));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const [body = '', ...others] = replies.map((reply) => reply.body);
    expect(others).toEqual([body, body, body]);
    const issuer = issuerOf(postern.ports, tenant);
    expect(JSON.parse(body)).toEqual({
      issuer,
      authorization_endpoint: `${issuer}/authorization`,
      token_endpoint: `${issuer}/token`,
      introspection_endpoint: `${issuer}/introspect`,
      revocation_endpoint: `${issuer}/revoke`,
      jwks_uri: `${issuer}/publickeys`,
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [alg],
      token_endpoint_auth_methods_supported: METHODS,
      token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
      introspection_endpoint_auth_methods_supported: METHODS,
      introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
      revocation_endpoint_auth_methods_supported: METHODS,
      revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
    });
  });

  it('is the same whatever a request says of the host that it is for', async () => {
    const { body } = await ask(FIRST);
    const lies = [
      ['Host', 'evil.example'],
      ['X-Forwarded-Host', 'evil.example'],
      ['X-Forwarded-Proto', 'https', 'X-Forwarded-Port', '8443', 'X-Forwarded-Prefix', '/evil'],
      ['Forwarded', 'host=evil.example;proto=https'],
      ['X-Original-URL', 'https://evil.example/', 'X-Rewrite-URL', '/oauth/v4/other'],
    ];
    for (const headers of lies) expect((await ask(FIRST, { headers })).body).toBe(body);
  });

  it('has the public URL of the settings in it, with its path', async () => {
    const behind = await startInProcess({ publicUrl: 'https://id.example/gate/' });
    const { body } = await send(behind.ports.public, { path: FIRST });
    await behind.close();
    expect(JSON.parse(body)).toMatchObject({
      issuer: 'https://id.example/gate/oauth/v4/default',
      jwks_uri: 'https://id.example/gate/oauth/v4/default/publickeys',
    });
  });

  it('may be kept for 300 s, and is not sent again to who has it', async () => {
    const { headers } = await ask(FIRST);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['cache-control']).toBe('public, max-age=300');
    const etag = String(headers.etag);
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask(FIRST, { headers: ['If-None-Match', tags] });
      expect(again).toMatchObject({ status: 304, body: '' });
      expect(again.headers).toMatchObject({ etag, 'cache-control': 'public, max-age=300' });
    }
    expect((await ask(FIRST, { headers: ['If-None-Match', '"other"'] })).status).toBe(200);
  });

  it('announces the algorithm of a resource before its first token', async () => {
    await declareResource(postern.ports, { indicator: 'https://new.example', signingAlg: 'ES384' });
    const { id_token_signing_alg_values_supported } = JSON.parse((await ask(FIRST)).body);
    expect(id_token_signing_alg_values_supported).toEqual(['RS256', 'ES384']);
  });

  it('is read by GET and HEAD alone', async () => {
    expect(await ask(FIRST, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    const { status, headers } = await ask(FIRST, { method: 'POST' });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
  });

  it('is not there for a tenant that is not', async () => {
    for (const path of placesOf('nobody')) {
      const { status, headers, body } = await ask(path);
      expect({ status, error: JSON.parse(body).error }).toEqual({ status: 404, error: 'invalid_request' });
      expect(headers['cache-control']).toBe('no-store');
    }
  });
});

describe('the authorization endpoint', () => {
  it.each(['GET', 'POST'])('answers %s that nobody logs in here, and leads nowhere', async (method) => {
    const query = '?response_type=code&client_id=x&redirect_uri=https%3A%2F%2Fevil.example';
    const { status, headers, body } = await ask(`/oauth/v4/default/authorization${query}`, { method });
    expect({ status, error: JSON.parse(body).error }).toEqual({
      status: 400,
      error: 'unsupported_response_type',
    });
    expect(headers).not.toHaveProperty('location');
  });
});
