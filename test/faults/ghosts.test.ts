import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FaultyStore, startFaultyStore } from '../support/faulty-store.ts';
import { manage } from '../support/http.ts';
import { untilReady } from '../support/site.ts';

let site: FaultyStore;
beforeAll(async () => {
  site = await startFaultyStore();
});
afterAll(() => site.close());

const call = (method: string, path: string, body?: unknown) =>
  manage(site.postern.ports.admin, method, `/default/sessions${path}`, body);

/** Makes one call while the server stands still, which reads it when it goes on. */
async function whileFrozen(work: () => Promise<{ status: number }>): Promise<void> {
  await site.redis.freeze();
  expect((await work()).status).toBe(503);
  await site.redis.thaw();
  await untilReady(site.postern.ports.admin);
}

it('RDS-23 a creation that came to the store too late is a session that nobody has the token of', async () => {
  const scripts = site.sent('EVAL');
  await whileFrozen(() => call('POST', '', { subject: 'ghost' }));
  expect(site.sent('EVAL')).toBe(scripts + 1);
  const { sessions } = JSON.parse((await call('GET', '?subject=ghost')).body);
  expect(sessions).toHaveLength(1);
  // Its token was never told; and it goes with all others of its subject.
  expect((await call('DELETE', '?subject=ghost')).status).toBe(204);
  expect(JSON.parse((await call('GET', '?subject=ghost')).body).sessions).toEqual([]);
});

it('RDS-23 a revocation that was answered by 503 may have been done, and can be repeated', async () => {
  const ada = await site.login();
  const deletions = site.sent('DEL');
  await whileFrozen(() => call('DELETE', `/${ada.id}`));
  expect(site.sent('DEL')).toBeGreaterThan(deletions);
  expect((await call('DELETE', `/${ada.id}`)).status).toBe(204);
  expect((await call('DELETE', `/${ada.id}`)).status).toBe(204);
  expect(await site.statusOf(ada)).toBe(401);
});
