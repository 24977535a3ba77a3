import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { manage } from '../../support/http.ts';
import { declareResource, grant, issuerOf, type Registered, tamper } from '../../support/issuer.ts';
import { ADMIN_TOKEN } from '../../support/postern.ts';
import { startSite } from '../../support/site.ts';

const ORDERS = 'https://orders.example/api';

let site: Awaited<ReturnType<typeof startSite>>;
beforeAll(async () => {
  site = await startSite();
  await declareResource(site.postern.ports, { indicator: ORDERS, scopes: ['orders:read'] });
});
afterAll(() => site.close());

/** Runs curl; the status stands behind the body. */
async function curl(...args: readonly string[]): Promise<{ status: number; body: string }> {
  const path = inject('programs').curl?.path ?? 'curl';
  const { stdout } = await promisify(execFile)(path, ['-sS', '-w', '\n%{http_code}', ...args]);
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}

/** The command of App ID's page on application identity; the host is ours, and the admin token stands for IAM's. */
async function register() {
  const { status, body } = await curl(
    ...['-X', 'POST', `http://127.0.0.1:${site.postern.ports.admin}/management/v4/default/applications/`],
    ...['-H', 'Content-Type: application/json'],
    ...['-H', `Authorization: Bearer ${ADMIN_TOKEN}`],
    ...['-d', '{"name": "testing"}'],
  );
  expect(status).toBe(200);
  return JSON.parse(body);
}

/** The second command of the same page. `more` is what that page does without. */
async function askForToken({ clientId, secret }: Registered, ...more: readonly string[]): Promise<string> {
  const { status, body } = await curl(
    ...['-X', 'POST', `${issuerOf(site.postern.ports)}/token`],
    ...['-H', `Authorization: Basic ${btoa(`${clientId}:${secret}`)}`],
    ...['-H', 'Content-Type: application/x-www-form-urlencoded'],
    ...['-d', 'grant_type=client_credentials'],
    ...more,
  );
  expect(status).toBe(200);
  return JSON.parse(body).access_token;
}

const call = (path: string, token: string) =>
  curl(`http://127.0.0.1:${site.proxy.port}${path}`, '-H', `Authorization: Bearer ${token}`);

const statusOf = async (path: string, token: string) => (await call(path, token)).status;

describe("App ID's documented commands, and an application behind a real nginx", () => {
  it('registering answers with the seven documented members', async () => {
    const issuer = issuerOf(site.postern.ports);
    expect(await register()).toMatchObject({
      clientId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      tenantId: 'default',
      secret: expect.stringMatching(/^[A-Za-z0-9_-]{43,}$/),
      name: 'testing',
      oAuthServerUrl: issuer,
      profilesUrl: `http://127.0.0.1:${site.postern.ports.public}`,
      discoveryEndpoint: `${issuer}/.well-known/openid-configuration`,
    });
  });

  it('a token passes, and the application sees whose it is', async () => {
    const application = await register();
    const { status, body } = await call('/', await askForToken(application));
    expect(status).toBe(200);
    const seen: unknown[] = JSON.parse(body);
    expect(seen[seen.indexOf('X-Auth-Subject') + 1]).toBe(application.clientId);
    expect(seen[seen.indexOf('X-Auth-Subject-Type') + 1]).toBe('client');
  });

  it('a tampered token is a challenge', async () => {
    const token = await askForToken(await register());
    expect(await statusOf('/', tamper(token))).toBe(401);
  });

  it('a token of an application that was deleted is a challenge, at once', async () => {
    const application = await register();
    const token = await askForToken(application);
    expect(await statusOf('/', token)).toBe(200);
    await manage(site.postern.ports.admin, 'DELETE', `/default/applications/${application.clientId}`);
    expect(await statusOf('/', token)).toBe(401);
  });

  it('a token without the scope of a policy is forbidden there, and one with it passes', async () => {
    const application = await register();
    const ask = () => askForToken(application, '-d', `resource=${ORDERS}`);
    expect(await statusOf('/orders/1', await ask())).toBe(403);
    await grant(site.postern.ports, application, ORDERS, ['orders:read']);
    expect(await statusOf('/orders/1', await ask())).toBe(200);
  });

  it('a token that has expired is a challenge', async () => {
    const token = await askForToken(await register());
    site.postern.advance(3_000);
    expect(await statusOf('/', token)).toBe(200);
    site.postern.advance(600);
    expect(await statusOf('/', token)).toBe(401);
  });
});
