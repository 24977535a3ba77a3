import { describe, expect, it, onTestFinished } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { rewrite } from '../support/faults.ts';
import { startRedis } from '../support/redis.ts';
import { CACHE, openReplica } from '../support/stores.ts';
import { startProxiedCluster } from './proxied-cluster.ts';

async function startProxied() {
  const redis = await startRedis();
  const proxy = await startFaultProxy(redis.port);
  const close = async () => {
    await proxy.close();
    await redis.close();
  };
  return { proxy, url: proxy.url, close };
}

const ISSUER = 'https://idp';

/** Whether each is denied; undefined where that can't be told. */
async function ask({ foreignDenials }: Store, names: readonly string[]) {
  const answers = await Promise.allSettled(
    names.map((jti) =>
      foreignDenials.isDenied('default', { issuer: ISSUER, subject: `of ${jti}`, jti, issuedAt: 1 }),
    ),
  );
  return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
}

const named = (kind: string) => Array.from({ length: 2_000 }, (_, index) => `${kind} ${index}`);

describe.each([
  ['on one server', startProxied, undefined],
  ['on one server, where they are held', startProxied, CACHE],
  ['on a cluster', startProxiedCluster, undefined],
] as const)('denials of foreign tokens, %s', (_, start, cache) => {
  it.each([1, 2])(
    'RDS-13 are neither missed nor made up since replies to %i of them were lost',
    async (lost) => {
      const { proxy, url, close } = await start();
      onTestFinished(close);
      const { store } = await openReplica({ url }, undefined, cache);
      onTestFinished(store.close);
      const [denied, others] = [named('denied'), named('other')];
      for (const jti of denied) await store.foreignDenials.denyToken('default', ISSUER, jti, 600);
      let left: number = lost;
      proxy.set(
        rewrite((reply, command) => {
          if (left === 0 || !command?.some((word) => word.includes(':denied-'))) return reply;
          left -= 1;
          return undefined;
        }),
      );
      const before = proxy.accepted();
      const seen = { denied: new Set<unknown>(), others: new Set<unknown>() };
      // Two by two, and each once: so none is held. They may run out before it is noticed.
      for (let at = 0; at < denied.length && proxy.accepted() === before; at += 2) {
        for (const one of await ask(store, denied.slice(at, at + 2))) seen.denied.add(one);
        for (const one of await ask(store, others.slice(at, at + 2))) seen.others.add(one);
      }
      expect(left).toBe(0);
      expect([...seen.denied].filter((one) => one === false)).toEqual([]);
      expect([...seen.others].filter((one) => one === true)).toEqual([]);
    },
  );
});
