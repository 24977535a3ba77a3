import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { startApp } from '../support/app.ts';
import { LOGIN, NAVIGATION } from '../support/browsers.ts';
import { cookieOf, createSession, send } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { startNginx } from '../support/proxies/nginx.ts';
import type { TestProxy } from '../support/proxies/proxy.ts';

let postern: InProcess;
let app: Awaited<ReturnType<typeof startApp>>;
let nginx: TestProxy;
beforeAll(async () => {
  postern = await startInProcess({
    login: { url: LOGIN, hosts: ['app.example.com'], allowHttp: true },
    policies: { default: {}, orders: {}, open: { anonymous: true } },
  });
  app = await startApp();
  nginx = await startNginx(postern.ports.decision, app.port);
});
afterAll(async () => {
  await nginx.close();
  await postern.close();
  await app.close();
});

it('RD-08 nginx, which drops the text for the person, hands on why they are not sent to log in again', async () => {
  const headers = ['Host', 'app.example.com', ...NAVIGATION];
  const path = `/?postern-attempt=3.${Math.floor(systemClock())}`;
  for (const _ of [1, 2]) {
    const reply = await send(nginx.port, { path, headers });
    expect(reply.status).toBe(401);
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer realm="default", error="login_loop", /);
    expect(app.seen).toEqual([]);
  }
  const ada = await createSession(postern.ports.admin, { subject: 'ada' });
  expect((await send(nginx.port, { path, headers: [...headers, ...cookieOf(ada)] })).status).toBe(200);
});
