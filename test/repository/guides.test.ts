import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startApp } from '../support/app.ts';
import { NAVIGATION } from '../support/browsers.ts';
import { createSession, send } from '../support/http.ts';
import { startInProcess } from '../support/postern.ts';
import { startNginx } from '../support/proxies/nginx.ts';
import { fold } from '../support/site.ts';

/** What a page for those who come from elsewhere says under "A complete example". */
function exampleOf(name: string) {
  const page = readFileSync(join(import.meta.dirname, `../../docs/${name}.md`), 'utf8');
  const [, example = ''] = page.split('\n## A complete example\n');
  const last = (pattern: RegExp) => [...example.matchAll(pattern)].at(-1)?.[1] ?? '';
  return {
    settings: parse(last(/^```yaml\n(# postern\.yaml\n.*?)^```$/gms)),
    nginx: last(/^```nginx\n(.*?)^```$/gms),
    session: last(/ -d '(.*)' \\$/gm),
  };
}

/** A Postern with the page's settings, but for the store. */
async function start(name: string, changes: object = {}) {
  const { settings, ...example } = exampleOf(name);
  const postern = await startInProcess({ ...settings, storeUrl: 'sqlite::memory:', ...changes });
  /** The cookie as the browser sends it back. */
  const login = async (body: unknown) => {
    const [cookie = ''] = (await createSession(postern.ports.admin, body)).setCookie.split(';');
    return ['Cookie', cookie];
  };
  const user = await login(JSON.parse(example.session));
  const other = await login({ subject: 'eve' });
  return { ...example, postern, user, other, login };
}

type Started = Awaited<ReturnType<typeof start>>;

describe('from oauth2-proxy, behind nginx', () => {
  let started: Started;
  let app: Awaited<ReturnType<typeof startApp>>;
  let proxy: Awaited<ReturnType<typeof startNginx>>;
  beforeAll(async () => {
    const { login } = exampleOf('from-oauth2-proxy').settings;
    // The nginx of the tests speaks http.
    started = await start('from-oauth2-proxy', { login: { ...login, allowHttp: true } });
    app = await startApp();
    proxy = await startNginx(started.postern.ports.decision, app.port, { locations: started.nginx });
  });
  afterAll(async () => {
    await proxy.close();
    await started.postern.close();
    await app.close();
  });
  const forged = ['User', 'Email', 'Groups', 'Preferred-Username', 'Access-Token'].flatMap((name) => [
    `X-Auth-Request-${name}`,
    'forged',
  ]);
  const ask = async (method: string, path: string, headers: readonly string[] = []) => {
    const before = app.seen.length;
    const sent = ['Host', 'app.example.com', ...forged, ...headers];
    const reply = await send(proxy.port, { method, path, headers: sent });
    const seen = Object.entries(fold(app.seen[before] ?? []));
    return { reply, told: Object.fromEntries(seen.filter(([name]) => name.startsWith('x_auth_'))) };
  };

  it.each([
    ['GET', '/public/x', 200],
    ['POST', '/public/x', 401],
    ['GET', '/publicity', 401],
    ['GET', '/health', 200],
    ['GET', '/health/x', 401],
    ['GET', '/api/x', 401],
  ])('%s %s without a session is %i, and says of nobody who they are', async (method, path, status) => {
    const { reply, told } = await ask(method, path);
    expect(reply.status).toBe(status);
    expect(told).toEqual({});
  });

  it('tells the application who it is, and nobody else does', async () => {
    const { reply, told } = await ask('GET', '/admin/x', started.user);
    expect(reply.status).toBe(200);
    expect(told).toEqual({
      x_auth_request_user: 'ada',
      x_auth_request_email: 'ada@example.com',
      x_auth_request_groups: 'admin',
      x_auth_request_preferred_username: 'ada',
    });
  });

  it('keeps everybody else out of what is for a group', async () => {
    expect((await ask('GET', '/admin/x', started.other)).reply.status).toBe(403);
    expect((await ask('GET', '/x', started.other)).reply.status).toBe(200);
  });

  it('sends a browser to the login page, and no script', async () => {
    const { reply } = await ask('GET', '/x', NAVIGATION);
    expect(reply.status).toBe(302);
    expect(reply.headers.location).toMatch(
      /^https:\/\/login\.example\.com\/\?rd=http%3A%2F%2Fapp\.example\.com%2Fx%3F/,
    );
    expect((await ask('POST', '/x', NAVIGATION)).reply.status).toBe(401);
  });
});

describe('from Authelia, as Traefik asks', () => {
  let started: Started;
  beforeAll(async () => {
    started = await start('from-authelia');
  });
  afterAll(async () => started.postern.close());
  const ask = (host: string, uri: string, headers: readonly string[] = []) => {
    const original = ['X-Forwarded-Method', 'GET', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', host];
    return send(started.postern.ports.decision, {
      path: '/forward-auth/site',
      headers: [...original, 'X-Forwarded-Uri', uri, ...headers],
    });
  };

  it.each([
    ['www.example.com', '/any', 200, 200, 200],
    ['app.example.com', '/api/health', 200, 200, 200],
    ['app.example.com', '/api/health/x', 401, 200, 200],
    ['app.example.com', '/admin', 401, 403, 200],
    ['app.example.com', '/admin/x?y', 401, 403, 200],
    ['app.example.com', '/', 401, 200, 200],
    ['wiki.example.com', '/', 401, 200, 200],
    ['other.example.com', '/', 403, 403, 403],
  ])('%s%s is %i for nobody, %i for somebody and %i for an admin', async (host, uri, ...statuses) => {
    const { user, other } = started;
    const replies = [await ask(host, uri), await ask(host, uri, other), await ask(host, uri, user)];
    expect(replies.map(({ status }) => status)).toEqual(statuses);
  });

  it('asks an admin for the second factor', async () => {
    const weak = await started.login({ subject: 'john', roles: ['admins'], amr: ['pwd'] });
    const { status, headers } = await ask('app.example.com', '/admin', weak);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('error="insufficient_user_authentication"');
  });

  it('says who it is as Authelia does', async () => {
    expect((await ask('app.example.com', '/admin', started.user)).headers).toMatchObject({
      'remote-user': 'john',
      'remote-groups': 'admins',
      'remote-name': 'John',
      'remote-email': 'john@example.com',
    });
  });

  it('sends a browser to the login page', async () => {
    const { status, headers } = await ask('wiki.example.com', '/', NAVIGATION);
    expect(status).toBe(302);
    expect(headers.location).toMatch(
      /^https:\/\/auth\.example\.com\/\?rd=https%3A%2F%2Fwiki\.example\.com%2F%3F/,
    );
  });
});

describe("from Authgear's resolver", () => {
  let started: Started;
  beforeAll(async () => {
    started = await start('from-authgear');
  });
  afterAll(async () => started.postern.close());
  const resolve = (headers: readonly string[]) =>
    send(started.postern.ports.decision, { path: '/resolve/open', headers });

  it('says of a session what Authgear says', async () => {
    const { status, headers } = await resolve(started.user);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'x-authgear-session-valid': 'true',
      'x-authgear-user-id': 'AUTHGEAR_USER_ID',
      'x-authgear-user-anonymous': 'false',
      'x-authgear-user-verified': 'true',
      'x-authgear-user-can-reauthenticate': 'true',
      'x-authgear-user-roles': 'member',
    });
  });

  it("takes Authgear's opaque tokens for none of ours, and its cookie for none at all", async () => {
    const opaque = await resolve(['Authorization', 'Bearer an-opaque-token']);
    const cookie = await resolve(['Cookie', 'session=a-session-of-authgear']);
    expect([opaque, cookie].map(({ headers }) => headers['x-authgear-session-valid'])).toEqual(['false', '']);
  });

  it('turns people away where the policy asks for a user', async () => {
    const { decision } = started.postern.ports;
    expect((await send(decision, { path: '/auth-request/users' })).status).toBe(401);
    expect((await send(decision, { path: '/resolve/users' })).status).toBe(404);
  });
});
