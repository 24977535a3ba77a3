import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { cookieOf, createSession, send } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { startNginx } from '../support/proxies/nginx.ts';
import { answerWith, LOGIN_PAGE, startResolver } from '../support/proxies/resolver.ts';
import { FORGED, fold, SITE_POLICIES } from '../support/site.ts';

const closers: Array<() => unknown> = [];
let app: Awaited<ReturnType<typeof startApp>>;
beforeEach(async () => {
  app = await startApp();
  closers.push(app.close);
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** The site of `deploy/nginx`, with more in its server. */
async function startWith(inServer: string, decisionPort: number) {
  const { port, close } = await startNginx(decisionPort, app.port, { inServer });
  closers.push(close);
  return port;
}

async function startGate(): Promise<InProcess> {
  const postern = await startInProcess({ policies: SITE_POLICIES });
  closers.push(postern.close);
  return postern;
}

const CHECKED = 'include postern/identity.conf; proxy_pass http://app/';

describe('nginx alone', () => {
  it('the path of the check is closed to clients', async () => {
    const port = await startWith('', (await startGate()).ports.decision);
    expect((await send(port, { path: '/_postern/open' })).status).toBe(404);
    expect(app.seen).toEqual([]);
  });

  it.each(['recursive_error_pages on;', 'error_page 401 = @postern_login;', 'proxy_intercept_errors on;'])(
    'PRX-14 a challenge is one 401 and no loop, also with "%s"',
    async (directive) => {
      const port = await startWith(directive, (await startGate()).ports.decision);
      const { status, headers } = await send(port, { path: '/' });
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="default"']);
      expect(app.seen).toEqual([]);
    },
  );

  it('PRX-14 a location that catches 401 on its own leads to a page that is checked by its own policy, and gets nothing forged', async () => {
    const location = `location /own/ { auth_request /_postern/default; error_page 401 = /public/login; ${CHECKED}own/; }`;
    const port = await startWith(location, (await startGate()).ports.decision);
    const { status, headers } = await send(port, { path: '/own/1', headers: FORGED });
    expect([status, headers['x-served']]).toEqual([200, '/public/login']);
    expect(fold(app.seen[0] ?? [])).toMatchObject({ x_auth_subject_type: 'anonymous' });
    expect(app.seen.flat()).not.toContain('forged');
  });

  it('PRX-14 "satisfy any" lets in whom the other rule knows, with no identity, and checks all others', async () => {
    const location = (rule: string) =>
      `location /any/ { satisfy any; ${rule}; deny all; auth_request /_postern/default; ${CHECKED}any/; }`;
    const { decision, admin } = (await startGate()).ports;
    const known = await startWith(location('allow 127.0.0.1'), decision);
    expect((await send(known, { path: '/any/1', headers: FORGED })).status).toBe(200);
    expect(Object.keys(fold(app.seen[0] ?? [])).filter((name) => name.startsWith('x_auth'))).toEqual([]);

    const other = await startWith(location('allow 192.0.2.1'), decision);
    expect((await send(other, { path: '/any/1', headers: FORGED })).status).toBe(401);
    const session = await createSession(admin, { subject: 'ada' });
    const headers = [...FORGED, ...cookieOf(session)];
    expect((await send(other, { path: '/any/1', headers })).status).toBe(200);
    expect(fold(app.seen[1] ?? [])).toMatchObject({ x_auth_subject: 'ada' });
    expect(app.seen).toHaveLength(2);
  });

  it('PRX-14 a location within a location is checked by its own policy, or by that of the outer', async () => {
    const nested = `location /outer/ {
      auth_request /_postern/orders;
      location /outer/own/ { auth_request /_postern/open; ${CHECKED}outer/own/; }
      location /outer/heir/ { ${CHECKED}outer/heir/; }
    }`;
    const port = await startWith(nested, (await startGate()).ports.decision);
    expect((await send(port, { path: '/outer/own/1', headers: FORGED })).status).toBe(200);
    expect((await send(port, { path: '/outer/heir/1', headers: FORGED })).status).toBe(401);
    expect(app.seen).toHaveLength(1);
    expect(app.seen.flat()).not.toContain('forged');
  });

  it('redirects to the login page that a 401 names, and keeps the redirect out of caches', async () => {
    const resolver = await startResolver(answerWith(401, [`Location: ${LOGIN_PAGE}`]));
    closers.push(resolver.close);
    const port = await startWith('', resolver.port);
    const { status, headers } = await send(port, { path: '/' });
    expect([status, headers.location, headers['cache-control']]).toEqual([302, LOGIN_PAGE, 'no-store']);
    expect(app.seen).toEqual([]);
  });
});
