import { PerformanceObserver } from 'node:perf_hooks';
import { it, onTestFinished, vi } from 'vitest';
import { startCluster } from '../support/cluster.ts';
import { startRedis } from '../support/redis.ts';
import { openWatched } from '../support/watched-store.ts';

/** How often this process has looked a name up, so far. */
function watchLookups(): (name: string) => number {
  const names: unknown[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByType('dns')) names.push(Object(Object(entry).detail).hostname);
  });
  observer.observe({ entryTypes: ['dns'] });
  onTestFinished(() => observer.disconnect());
  return (name) => names.filter((looked) => looked === name).length;
}

it('RDS-29 a name is looked up again for each connection', async () => {
  const redis = await startRedis();
  onTestFinished(redis.close);
  const lookups = watchLookups();
  const { store, next } = await openWatched(`redis://localhost:${redis.port}`);
  onTestFinished(store.close);
  await vi.waitUntil(() => lookups('localhost') > 0);
  const before = lookups('localhost');
  const up = next('up');
  await redis.kill();
  await redis.start();
  await up;
  await vi.waitUntil(() => lookups('localhost') > before);
});

it('RDS-29 the names of a cluster are looked up again whenever all of its nodes are lost', async () => {
  const cluster = await startCluster();
  onTestFinished(cluster.close);
  const lookups = watchLookups();
  const ports = cluster.nodes.map(({ port }) => `localhost:${port}`);
  const { store, next } = await openWatched(`redis+cluster://${ports.join(',')}`);
  onTestFinished(store.close);
  await vi.waitUntil(() => lookups('localhost') > 0);
  const [down, up] = [next('down'), next('up')];
  await cluster.kill();
  await down;
  const before = lookups('localhost');
  await Promise.all(cluster.nodes.map(({ start }) => start()));
  await up;
  await vi.waitUntil(() => lookups('localhost') > before);
});
