import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { RedisLocation } from '../../src/store/redis/client.ts';
import { keyOf } from '../coherence/cached.ts';
import { decide, untilCoherent, untilDenied, untilHot } from '../coherence/pair.ts';
import { startCluster } from '../support/cluster.ts';
import { createSession, manage } from '../support/http.ts';
import { startInProcess } from '../support/postern.ts';
import { startSentinels, type TestSentinels } from '../support/sentinel.ts';
import { sessionOf } from '../support/sessions.ts';
import { untilReady } from '../support/site.ts';
import { locationOf } from '../support/stores.ts';
import { AT_SENTINELS, createGuard, type Guard } from '../support/tls-servers.ts';
import { watchStore } from '../support/watched-store.ts';

const GUESSED = new Secret('guessed');
const of = (words: string) => new RegExp(`^no sentinel names the master: ${words}`);
const asItIs = (url: string) => url;

let guard: Guard;
beforeAll(async () => {
  guard = await createGuard();
});
afterAll(() => guard.close());

describe('sentinels and servers that speak TLS and ask who we are', () => {
  let site: TestSentinels;
  beforeAll(async () => {
    site = await startSentinels(guard);
  });
  afterAll(() => site.close());

  it('are used, from memory too, and followed to another master', async () => {
    const input = { storeUrl: site.url, storeTls: { ca: guard.ca }, storeSentinel: AT_SENTINELS };
    const postern = await startInProcess(input);
    onTestFinished(postern.close);
    await untilCoherent(postern);
    const { token, id } = await createSession(postern.ports.admin, { subject: 'ada' });
    await untilHot(postern, token);
    const { master, replica } = await site.roles();
    expect(await master.client.wait(1, 5_000)).toBe(1);
    await site.sentinels[0].client.call('SENTINEL', 'FAILOVER', 'the-master');
    while ((await site.roles()).master.port !== replica.port);
    await untilCoherent(postern);
    await untilHot(postern, token);
    await replica.client.del(keyOf({ tenant: 'default', id }));
    await untilDenied(postern, token);
  });

  const { username, password } = AT_SENTINELS;
  it.each<[who: string, reason: RegExp, url: (url: string) => string, rest?: Partial<RedisLocation>]>([
    [
      'a sentinel that is told a wrong password',
      of('WRONGPASS '),
      asItIs,
      { sentinelLogin: { username, password: GUESSED } },
    ],
    ['a sentinel that is told none', of('NOAUTH '), asItIs, { sentinelLogin: {} }],
    [
      'a server that is told a wrong password',
      /^WRONGPASS /,
      (url) => url.replace('of-the-servers', 'guessed'),
    ],
    ['a server that is told none', /^NOAUTH /, (url) => url.replace(/gate:.*@/, '')],
    ['whoever hears no TLS', of('ECONNRESET'), (url) => url.replace('rediss', 'redis')],
    ['us, who trust another authority,', of('DEPTH_ZERO_SELF_SIGNED_CERT'), asItIs, { tlsFiles: {} }],
  ])('are none where %s refuses', async (_, reason, change, rest = {}) => {
    const right = { tlsFiles: { ca: guard.ca }, sentinelLogin: { username, password: new Secret(password) } };
    const { store, next } = watchStore({ ...locationOf(change(site.url)), ...right, ...rest });
    onTestFinished(store.close);
    const used = next('up').then(() => 'it is used');
    expect(await Promise.race([next('down'), used])).toMatch(reason);
    await expect(store.findRow('default', sessionOf().id)).rejects.toThrow(CannotTell);
  });
});

it('a cluster that speaks TLS and asks who we are is used, on each of its masters', async () => {
  const cluster = await startCluster(guard);
  onTestFinished(cluster.close);
  const postern = await startInProcess({ storeUrl: cluster.url, storeTls: { ca: guard.ca } });
  onTestFinished(postern.close);
  const { admin } = postern.ports;
  await untilReady(admin);
  const homes = new Set<number>();
  for (let index = 0; homes.size < 3; index += 1) {
    const { token, id } = await createSession(admin, { subject: `user ${index}` });
    homes.add((await cluster.masterOf(keyOf({ tenant: 'default', id }))).port);
    expect(await decide(postern, token)).toBe(200);
    expect((await manage(admin, 'DELETE', `/default/sessions/${id}`)).status).toBe(204);
    expect(await decide(postern, token)).toBe(401);
  }
});
