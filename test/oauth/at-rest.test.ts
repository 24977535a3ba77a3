import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { byAssertion, claimsOf, makePair, registerKeys, sign } from '../support/assertions.ts';
import { bearerOf, manage, send } from '../support/http.ts';
import {
  basicOf,
  declareResource,
  getToken,
  present,
  registerApplication,
  succeed,
} from '../support/issuer.ts';
import { ADMIN_TOKEN, type Ports, SECRET_KEY, startInProcess, startProcess } from '../support/postern.ts';
import { startRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';
import { dumpRedis, dumpSqlite } from '../support/stores.ts';

const ALGS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

/** Uses all that deals with secrets; gives those that nobody may find anywhere, and what shows that one looked. */
async function useEverything(ports: Ports) {
  const client = await registerApplication(ports);
  const base = `/default/applications/${client.clientId}`;
  const { secret: added } = await succeed(ports, 'POST', `${base}/secrets`, { name: 'added' });
  const { secret: rotated } = await succeed(ports, 'POST', `${base}/secrets/rotate`, { graceSeconds: 60 });
  const tokens = [await getToken(ports, client)];
  for (const signingAlg of ALGS) {
    const indicator = `urn:${signingAlg}`;
    await declareResource(ports, { indicator, signingAlg });
    tokens.push(await getToken(ports, client, { resource: indicator }));
  }
  await declareResource(ports, { indicator: 'urn:opaque', tokenFormat: 'opaque' });
  tokens.push(await getToken(ports, client, { resource: 'urn:opaque' }));
  const pair = await makePair();
  const keyed = await registerKeys(ports, [pair.publicJwk]);
  const assertion = await sign(claimsOf(ports, keyed, { jti: 'the jti of an assertion' }), pair);
  tokens.push((await byAssertion(ports, assertion)).json.access_token);
  await present(ports, { basic: `${client.clientId}:a guess of the secret`, form: {} });
  await present(ports, { form: { client_id: 'a guess of an id', client_secret: 'a second guess' } });
  for (const endpoint of ['introspect', 'revoke'] as const) {
    await present(ports, { endpoint, basic: basicOf(client), form: { token: tokens[0] ?? '' } });
  }
  await succeed(ports, 'POST', '/default/keys/rotate', { force: true });
  const guesses = ['a guess of the secret', 'a guess of an id', 'a second guess', 'the jti of an assertion'];
  const signatures = [...tokens, assertion].map((token) => token.split('.').at(-1) ?? token);
  return {
    hidden: [client.secret, added, rotated, ...signatures, ...guesses, SECRET_KEY],
    seen: client.clientId,
  };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-at-rest-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

function expectNothingSecret(
  text: string,
  { hidden, seen }: Awaited<ReturnType<typeof useEverything>>,
): void {
  expect(text).toContain(seen);
  expect(hidden.filter((secret) => text.includes(secret))).toEqual([]);
  expect(text).not.toMatch(/PRIVATE KEY|\\*"(?:d|p|q|dp|dq|qi|k)\\*":/);
  // RFC 5958, in base64: how every private key begins that is not encrypted.
  expect(text).not.toMatch(/MIIE[uv]|MIGHAgEA|MIG2AgEA|MC4CAQAw/);
}

describe('TOK-16 the store holds no secret, no token and no private key', () => {
  it('on SQLite', async () => {
    const path = join(await temporaryFolder(), 'test.db');
    const { ports, close } = await startInProcess({ storeUrl: `sqlite:${path}` });
    onTestFinished(close);
    const used = await useEverything(ports);
    const behind = new DatabaseSync(path, { readOnly: true });
    onTestFinished(() => behind.close());
    expectNothingSecret(dumpSqlite(behind), used);
  });

  it('on Redis', async () => {
    const redis = await startRedis();
    onTestFinished(redis.close);
    const { ports, close } = await startInProcess({ storeUrl: redis.url });
    onTestFinished(close);
    await untilReady(ports.admin);
    const used = await useEverything(ports);
    expectNothingSecret(await dumpRedis(redis.client), used);
  });
});

describe('TOK-13 what is told to operators', () => {
  it('has no secret, no token and no text of a client: neither log nor metrics nor audit trail', async () => {
    const postern = await startProcess({ POSTERN_STORE_URL: 'sqlite::memory:' }, await temporaryFolder());
    onTestFinished(postern.stop);
    const used = await useEverything(postern.ports);
    await succeed(postern.ports, 'DELETE', `/default/applications/${used.seen}`);
    await postern.logged(({ operation }) => operation === 'deleteApplication');
    const { body } = await manage(postern.ports.admin, 'GET', '/default/audit?limit=100');
    const metrics = await send(postern.ports.admin, {
      path: '/metrics',
      headers: bearerOf({ token: ADMIN_TOKEN }),
    });
    expect([metrics.status, metrics.body.includes('postern_')]).toEqual([200, true]);
    expectNothingSecret(JSON.stringify(postern.log) + body + metrics.body, used);
  });
});
