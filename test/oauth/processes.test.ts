import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manage, send } from '../support/http.ts';
import {
  askIssuer,
  decisionOn,
  declareResource,
  getToken,
  grant,
  type Registered,
  registerApplication,
} from '../support/issuer.ts';
import { type Process, startProcess } from '../support/postern.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

const ORDERS = 'https://api.example.com/orders';

let redis: TestRedis;
let folder: string;
let reader: Process;
let writer: Process;
beforeAll(async () => {
  redis = await startRedis();
  // One folder: what the first makes of the secret key and the admin token, the second reads.
  folder = await mkdtemp(join(tmpdir(), 'postern-replicas-'));
  reader = await start();
});
afterAll(async () => {
  await reader.stop();
  await redis.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  writer = await start();
});
afterEach(() => writer.stop());

async function start(): Promise<Process> {
  const config = join(import.meta.dirname, 'processes.yaml');
  // The issuer is one, wherever a replica listens.
  const shared = { POSTERN_CONFIG: config, POSTERN_PUBLIC_URL: 'https://auth.example.com' };
  const postern = await startProcess({ ...shared, POSTERN_STORE_URL: redis.url }, folder);
  await untilReady(postern.ports.admin);
  return postern;
}

type Issued = {
  readonly client: Registered;
  readonly token: string;
  readonly resource: string;
  readonly kid: string;
};

type Taken = (issued: Issued) => Promise<number>;

const deleteOf = async (path: string) => (await manage(writer.ports.admin, 'DELETE', path)).status;

/** What takes a token's power away, done at one process; and what the other then answers. */
const WAYS: readonly [string, Taken, number][] = [
  [
    'it is revoked by its client',
    async ({ client, token }) => (await askIssuer(writer.ports, 'revoke', client, { token })).status,
    401,
  ],
  [
    'all of its subject is revoked',
    ({ client }) => deleteOf(`/default/sessions?subject=${client.clientId}`),
    401,
  ],
  [
    'its application is disabled',
    async ({ client }) => {
      const path = `/default/applications/${client.clientId}`;
      return (await manage(writer.ports.admin, 'PUT', path, { enabled: false })).status;
    },
    401,
  ],
  ['its application is deleted', ({ client }) => deleteOf(`/default/applications/${client.clientId}`), 401],
  [
    'its secret is deleted',
    ({ client }) => deleteOf(`/default/applications/${client.clientId}/secrets/default`),
    401,
  ],
  ['its resource is deleted', ({ resource }) => deleteOf(`/default/resources/${resource}`), 401],
  // It is a live token still, and good for less.
  ['its scope is deleted', ({ resource }) => deleteOf(`/default/resources/${resource}/scopes/read`), 403],
  [
    'its key is killed',
    async ({ kid }) => {
      await manage(writer.ports.admin, 'POST', '/default/keys/rotate', { force: true });
      return deleteOf(`/default/keys/${kid}`);
    },
    401,
  ],
];

let number = 0;

/** A token that the other process has let pass, so that it holds whatever it will ever hold of it. */
async function issue(): Promise<Issued> {
  number += 1;
  const indicator = `${ORDERS}/${number}`;
  const client = await registerApplication(writer.ports);
  const resource = await declareResource(writer.ports, { indicator, scopes: ['read'] });
  await grant(writer.ports, client, indicator, ['read']);
  const token = await getToken(writer.ports, client, { resource: indicator });
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  expect(await decisionOn(reader.ports, token, 'read')).toBe(200);
  expect(await decisionOn(reader.ports, token, 'read')).toBe(200);
  return { client, token, resource, kid: header.kid };
}

describe('JWT-19 the next decision of another process', () => {
  it.each(WAYS)('is a denial once %s', async (_, take, status) => {
    const issued = await issue();
    expect([200, 204]).toContain(await take(issued));
    expect(await decisionOn(reader.ports, issued.token, 'read')).toBe(status);
  });

  it.each(WAYS)(
    'is a denial also where the one that did it is killed at once: %s',
    async (_, take, status) => {
      const issued = await issue();
      expect([200, 204]).toContain(await take(issued));
      await writer.signal('SIGKILL');
      expect(await decisionOn(reader.ports, issued.token, 'read')).toBe(status);
    },
  );

  it('TOK-09 the other process gives no token to an application that was disabled here', async () => {
    const client = await registerApplication(writer.ports);
    await getToken(reader.ports, client);
    await manage(writer.ports.admin, 'PUT', `/default/applications/${client.clientId}`, { enabled: false });
    const refused = await askIssuer(reader.ports, 'token', client, { grant_type: 'client_credentials' });
    expect(refused.status).toBe(401);
    expect(JSON.parse(refused.body).error).toBe('invalid_client');
  });

  it('what one introspects, the other has issued', async () => {
    const { client, token } = await issue();
    const reply = await askIssuer(reader.ports, 'introspect', client, { token });
    expect(JSON.parse(reply.body)).toMatchObject({
      active: true,
      iss: 'https://auth.example.com/oauth/v4/default',
    });
  });

  it('both publish the same keys', async () => {
    const sets = await Promise.all(
      [reader, writer].map(({ ports }) => send(ports.public, { path: '/oauth/v4/default/publickeys' })),
    );
    expect(sets[0]?.body).toBe(sets[1]?.body);
  });
});
