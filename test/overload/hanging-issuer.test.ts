import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ForeignSite, startForeignSite } from '../support/foreign-site.ts';
import { cookieOf, createSession, send } from '../support/http.ts';
import { until } from '../support/key-host.ts';

let site: ForeignSite;
beforeAll(async () => {
  site = await startForeignSite();
});
afterAll(() => site.close());

/** As many as may wait for the keys of one issuer. */
const MOST = 250;

it('DOS-13 an issuer that hangs is asked once, and holds up none but a bounded number of its own tokens', async () => {
  const { host, postern } = site;
  const ada = await createSession(postern.ports.admin, { subject: 'ada' });
  expect((await site.ask('default', site.logto())).status).toBe(200);
  const asked = host.asked.length;
  const hanging = Promise.withResolvers<() => void>();
  host.answerWith((_, response) => hanging.resolve(() => response.writeHead(500).end()));
  const token = site.oidc();
  const statuses: number[] = [];
  const flood = Array.from({ length: MOST + 100 }, async () => {
    statuses.push((await site.ask('default', token)).status);
  });
  await until(() => statuses.length === 100);
  const release = await hanging.promise;
  expect((await site.ask('default', site.logto())).status).toBe(200);
  const reply = await send(postern.ports.decision, { path: '/auth-request/default', headers: cookieOf(ada) });
  expect(reply.status).toBe(200);
  expect([statuses.length, host.asked.length - asked]).toEqual([100, 1]);
  release();
  await Promise.all(flood);
  expect(new Set(statuses)).toEqual(new Set([503]));
  expect(host.asked.length - asked).toBe(1);
});
