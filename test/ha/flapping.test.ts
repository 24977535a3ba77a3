import { createHook } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openCached, put } from '../coherence/cached.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { refuse } from '../support/faults.ts';
import { startRedis } from '../support/redis.ts';

const FLAPS = 300;
/** As many share the flaps, so that they need not wait one after the other to connect again. */
const REPLICAS = 6;

/** Timers that are there, those that keep no process alive too. */
function watchTimers(): () => number {
  const alive = new Set<number>();
  const hook = createHook({
    init: (id, type) => void (type === 'Timeout' && alive.add(id)),
    destroy: (id) => void alive.delete(id),
  }).enable();
  onTestFinished(() => void hook.disable());
  return () => alive.size;
}

/** Every client that was made since, as the library itself sees it. */
function watchClients(): () => readonly Redis[] {
  const connect = vi.spyOn(Redis.prototype, 'connect');
  onTestFinished(() => connect.mockRestore());
  return () => [...new Set(connect.mock.contexts)].filter((client) => client instanceof Redis);
}

const listenersOf = (emitter: EventEmitter) =>
  emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
const countSockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

it(`RDS-26 a server that comes and goes ${FLAPS} times leaves nothing behind, and is used each time`, async () => {
  const [countTimers, clients] = [watchTimers(), watchClients()];
  const redis = await startRedis();
  onTestFinished(redis.close);
  const proxy = await startFaultProxy(redis.port);
  onTestFinished(proxy.close);
  const replicas = await Promise.all(Array.from({ length: REPLICAS }, () => openCached(proxy.url)));
  onTestFinished(async () => void (await Promise.all(replicas.map(({ store }) => store.close()))));
  const [first] = replicas;
  if (first === undefined) throw new Error('there are some');
  const session = await put(first.store);
  const count = () => ({
    timers: countTimers(),
    sockets: countSockets(),
    listeners: clients().map((client) => listenersOf(client) + listenersOf(client.stream)),
  });
  const flap = async () => {
    proxy.set(refuse);
    await Promise.all(replicas.map(({ next }) => next('bypassed')));
    proxy.clear();
    for (const { next, store, isHit } of replicas) {
      await next('coherent');
      while (!(await store.health()).answers) await setImmediate();
      while (!(await isHit(session)));
    }
  };
  await flap();
  const before = count();
  for (let flaps = REPLICAS; flaps < FLAPS; flaps += REPLICAS) await flap();
  const after = count();
  expect(before.listeners).toHaveLength(2 * REPLICAS);
  // What is under way has timers and listeners of its own.
  expect(Math.abs(after.timers - before.timers)).toBeLessThan(20);
  expect(Math.abs(after.sockets - before.sockets)).toBeLessThanOrEqual(5);
  for (const [index, listeners] of after.listeners.entries())
    expect(Math.abs(listeners - (before.listeners[index] ?? 0))).toBeLessThan(5);
});
