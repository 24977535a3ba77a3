import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createSession, manage, send } from '../support/http.ts';
import { askIssuer, declareResource, getToken, registerApplication } from '../support/issuer.ts';
import { ADMIN_TOKEN, type Ports, SECRET_KEY, startProcess } from '../support/postern.ts';
import { startRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';
import { createSigner, signToken } from '../support/tokens.ts';

const ISSUER = 'https://auth.example.com/oauth/v4/default';

/** Everything that is issued, presented, refused and in the way, once; gives each secret text that there was. */
async function useAll(ports: Ports): Promise<string[]> {
  const signer = createSigner('ES256', 'k1');
  const client = await registerApplication(ports, { jwks: { keys: [signer.jwk] } });
  const { secret: second } = JSON.parse(
    (
      await manage(ports.admin, 'POST', `/default/applications/${client.clientId}/secrets`, {
        name: 'second',
      })
    ).body,
  );
  await declareResource(ports, { indicator: 'urn:opaque', tokenFormat: 'opaque' });
  const opaque = await getToken(ports, client, { resource: 'urn:opaque' });
  const jwt = await getToken(ports, client);
  const session = await createSession(ports.admin, { subject: 'ada' });
  const now = Math.floor(systemClock());
  const { clientId } = client;
  const claims = { iss: clientId, sub: clientId, aud: ISSUER, jti: 'j1', iat: now, exp: now + 60 };
  const assertion = signToken(signer, claims, { typ: 'JWT' });
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
  const post = (path: string, body: string, type = 'application/x-www-form-urlencoded') =>
    send(ports.public, { method: 'POST', path, headers: ['Content-Type', type], body });
  const byAssertion = await post('/oauth/v4/default/token', new URLSearchParams(form).toString());
  expect(byAssertion.status).toBe(200);
  for (const token of [jwt, opaque, session.token]) {
    await askIssuer(ports, 'introspect', client, { token });
    for (const presented of [token, `${token}x`]) {
      const headers = ['Authorization', `Bearer ${presented}`];
      await send(ports.decision, { path: '/forward-auth/default', headers });
      await send(ports.admin, { path: '/management/v4/default/applications', headers });
      await send(ports.admin, { path: `/management/v4/default/sessions/${presented}`, headers });
    }
  }
  const wrong = `${client.secret}x`;
  await askIssuer(ports, 'token', { clientId, secret: wrong }, form);
  await post(
    `/oauth/v4/default/token?client_secret=${client.secret}`,
    `{"client_secret":"${client.secret}`,
    'application/json',
  );
  await manage(ports.admin, 'PUT', `/default/applications/${clientId}`, {
    name: client.secret,
    secret: client.secret,
  });
  await askIssuer(ports, 'revoke', client, { token: jwt });
  const last = JSON.parse(byAssertion.body).access_token;
  return [client.secret, second, opaque, session.token, ...[jwt, assertion, last].map(signatureOf)];
}

/** What makes a JSON Web Token one: the rest of it names things that are no secret. */
function signatureOf(token: string): string {
  return token.split('.')[2] ?? '';
}

it('LOG-01 TOK-13 nothing that was issued or presented stands in the log, on standard error or in the metrics', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-log-'));
  const redis = await startRedis();
  const postern = await startProcess(
    {
      POSTERN_LOG_LEVEL: 'debug',
      POSTERN_PUBLIC_URL: 'https://auth.example.com',
      POSTERN_SECRET_KEY: SECRET_KEY,
      POSTERN_STORE_URL: redis.url,
    },
    folder,
  );
  await untilReady(postern.ports.admin);
  const secrets = [...(await useAll(postern.ports)), ADMIN_TOKEN, SECRET_KEY];
  // And while the store fails in the midst of it: the client's errors carry the command that failed.
  await redis.client.config('SET', 'maxmemory', '1');
  const [secret = ''] = secrets;
  const client = { clientId: '00000000-0000-0000-0000-000000000000', secret };
  await manage(postern.ports.admin, 'POST', '/default/applications', { name: 'too much' });
  await createSession(postern.ports.admin, { subject: 'too much' }).catch(() => undefined);
  await redis.kill();
  await askIssuer(postern.ports, 'token', client, { grant_type: 'client_credentials' });
  await manage(postern.ports.admin, 'POST', '/default/applications', { name: 'too late' });
  await postern.logged(({ store }) => store === 'down');
  const { body: metrics } = await send(postern.ports.admin, { path: '/metrics' });
  await postern.signal('SIGTERM');
  await postern.logged(({ msg }) => msg === 'stopping');
  const written = JSON.stringify(postern.log) + postern.errorText() + metrics;
  expect(written).toContain('"msg":"decision"');
  expect(written).toContain('"operation":"registerApplication"');
  for (const one of secrets) {
    expect(one.length).toBeGreaterThan(40);
    expect(written).not.toContain(one);
  }
  await postern.stop();
  await redis.close();
  await rm(folder, { recursive: true });
});

it('LOG-03 every request to an endpoint is a line of the log and is counted, under names that no client can choose', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-log-'));
  const postern = await startProcess({ POSTERN_STORE_URL: 'sqlite::memory:' }, folder);
  const client = await registerApplication(postern.ports);
  await getToken(postern.ports, client);
  const asked = { grant_type: 'client_credentials' };
  await askIssuer(postern.ports, 'token', { ...client, secret: 'wrong' }, asked);
  await askIssuer(postern.ports, 'token', client, { ...asked, resource: 'urn:made-up' });
  await askIssuer(postern.ports, 'introspect', client, asked, 'made-up');
  await postern.logged(({ status }) => status === 404);
  const line = { msg: 'issuer', endpoint: 'token', tenant: 'default' };
  const { clientId } = client;
  expect(postern.log.filter(({ msg }) => msg === 'issuer')).toMatchObject([
    { ...line, clientId, status: 200 },
    { ...line, status: 401, reason: 'invalid_client' },
    { ...line, clientId, status: 400, reason: 'invalid_target' },
    { msg: 'issuer', endpoint: 'introspect', status: 404, reason: 'invalid_request' },
  ]);
  const { body } = await send(postern.ports.admin, { path: '/metrics' });
  const counted = body.split('\n').filter((text) => text.startsWith('postern_issuer_requests_total'));
  expect(counted).toEqual([
    'postern_issuer_requests_total{endpoint="token",tenant="default",status="200",reason=""} 1',
    'postern_issuer_requests_total{endpoint="token",tenant="default",status="401",reason="invalid_client"} 1',
    'postern_issuer_requests_total{endpoint="token",tenant="default",status="400",reason="invalid_target"} 1',
    'postern_issuer_requests_total{endpoint="introspect",tenant="",status="404",reason="invalid_request"} 1',
  ]);
  expect(JSON.stringify(postern.log)).not.toContain('made-up');
  await postern.stop();
  await rm(folder, { recursive: true });
});
