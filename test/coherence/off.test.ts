import { expect, it, onTestFinished } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { createSession, manage } from '../support/http.ts';
import { startInProcess } from '../support/postern.ts';
import { startRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';
import { until } from './cached.ts';
import { decide, metric } from './pair.ts';

it('with room for no entry there is one connection, nobody is asked to tell, and all works', async () => {
  const redis = await startRedis();
  onTestFinished(redis.close);
  const proxy = await startFaultProxy(Number(new URL(redis.url).port));
  onTestFinished(proxy.close);
  const postern = await startInProcess({ storeUrl: proxy.url, cache: { maxEntries: 0 } });
  onTestFinished(postern.close);
  await untilReady(postern.ports.admin);
  const session = await createSession(postern.ports.admin, { subject: 'ada' });
  for (let again = 0; again < 5; again += 1) expect(await decide(postern, session.token)).toBe(200);
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal');
  await until(async () => (await decide(postern, session.token)) === 200);
  await manage(postern.ports.admin, 'DELETE', `/default/sessions/${session.id}`);
  expect(await decide(postern, session.token)).toBe(401);
  // The second came for the one that was killed.
  expect([proxy.connections.size, proxy.accepted()]).toEqual([1, 2]);
  expect(await redis.client.info('commandstats')).not.toMatch(/cmdstat_(client\|tracking|subscribe)/);
  expect(await redis.client.keys('*canary*')).toEqual([]);
  expect(await metric(postern, 'postern_cache_coherent')).toBeNaN();
});
