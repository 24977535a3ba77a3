import { expect, it, onTestFinished, vi } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { blackhole } from '../support/faults.ts';
import { startRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { openWatched } from '../support/watched-store.ts';

it('RDS-04 a link that falls silent is told with its reason, once, however often it is made anew', async () => {
  const redis = await startRedis();
  onTestFinished(redis.close);
  const proxy = await startFaultProxy(redis.port);
  onTestFinished(proxy.close);
  const { store, changes, next } = await openWatched(proxy.url);
  onTestFinished(store.close);
  const before = proxy.accepted();
  proxy.set(blackhole());
  await expect(store.findRow('default', sessionOf().id)).rejects.toThrow(CannotTell);
  await vi.waitUntil(() => proxy.accepted() >= before + 2, { timeout: 10_000 });
  const up = next('up');
  proxy.clear();
  await up;
  const silent = ['down', 'a command was not answered in time'];
  expect(changes).toEqual([['up', 'it answers'], silent, ['up', 'it answers']]);
});
