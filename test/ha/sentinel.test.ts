import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyOf } from '../coherence/cached.ts';
import { untilCoherent, untilDenied, untilHot } from '../coherence/pair.ts';
import { cookieOf, createSession, manage, send } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import type { TestRedis } from '../support/redis.ts';
import { startSentinels, type TestSentinels } from '../support/sentinel.ts';
import { untilReady } from '../support/site.ts';
import { openWatched, type Watched } from '../support/watched-store.ts';

let site: TestSentinels;
let postern: InProcess;
/** One more replica of ours, which tells when it loses the master and when it has found one. */
let watched: Watched;
beforeAll(async () => {
  site = await startSentinels();
  postern = await startInProcess({ storeUrl: site.url });
  watched = await openWatched(site.url);
  await untilReady(postern.ports.admin);
});
beforeEach(() => site.settled());
afterAll(async () => {
  await postern.close();
  await watched.store.close();
  await site.close();
});

const ask = async (session: { readonly token: string }): Promise<number> =>
  (await send(postern.ports.decision, { path: '/auth-request/default', headers: cookieOf(session) })).status;

/** What else than "it is not known" is answered, up to the first such answer that comes after `end`. */
async function answersUntil(
  end: Promise<unknown>,
  session: { readonly token: string },
): Promise<Set<number>> {
  let isOver = false;
  end.then(() => {
    isOver = true;
  });
  const answers = new Set<number>();
  for (;;) {
    const wasOver = isOver;
    const status = await ask(session);
    if (status !== 503) answers.add(status);
    if (status !== 503 && wasOver) return answers;
  }
}

/** One who is in and one who is out, both held in memory before, and a replica that knows of both. */
async function twoSessions() {
  const { admin } = postern.ports;
  const live = await createSession(admin, { subject: 'ada' });
  const dead = await createSession(admin, { subject: 'eve' });
  await untilCoherent(postern);
  for (const { token } of [live, dead]) await untilHot(postern, token);
  expect((await manage(admin, 'DELETE', `/default/sessions/${dead.id}`)).status).toBe(204);
  const { master } = await site.roles();
  await master.client.set('postern:test', 'written');
  expect(await master.client.wait(1, 5_000)).toBe(1);
  return { live, dead };
}

describe('RDS-18 a failover', () => {
  it.each<
    [how: string, failOver: (master: TestRedis) => Promise<unknown>, mend: (old: TestRedis) => Promise<void>]
  >([
    [
      'by hand',
      () => site.sentinels[0].client.call('SENTINEL', 'FAILOVER', 'the-master'),
      async () => undefined,
    ],
    ['by the loss of the master', ({ kill }) => kill(), ({ start }) => start()],
  ])('%s logs nobody out, and lets nobody in', async (_, failOver, mend) => {
    const { live, dead } = await twoSessions();
    const before = await site.roles();
    const up = watched.next('up');
    await failOver(before.master);
    const [ofLive, ofDead] = await Promise.all([answersUntil(up, live), answersUntil(up, dead)]);
    expect([...ofLive]).toEqual([200]);
    expect([...ofDead]).toEqual([401]);
    const after = await site.roles();
    expect(after.master.port).toBe(before.replica.port);
    expect((await manage(postern.ports.admin, 'POST', '/default/sessions', { subject: 'ada' })).status).toBe(
      201,
    );
    // Held in memory again, and it is the new master that tells what another did to it.
    await untilCoherent(postern);
    await untilHot(postern, live.token);
    await after.master.client.del(keyOf({ tenant: 'default', id: live.id }));
    await untilDenied(postern, live.token);
    await mend(before.master);
  });

  it('needs neither every sentinel nor the replica', async () => {
    const { live, dead } = await twoSessions();
    await site.sentinels[0].kill();
    await (await site.roles()).replica.kill();
    expect(await ask(live)).toBe(200);
    expect(await ask(dead)).toBe(401);
    const late = await openWatched(site.url);
    await late.store.close();
  });
});
