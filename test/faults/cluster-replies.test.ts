import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { Session } from '../../src/decision/session.ts';
import { isInStep } from '../../src/store/redis/in-step.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../coherence/cached.ts';
import { dropOne, rewrite } from '../support/faults.ts';
import { sessionOf } from '../support/sessions.ts';
import { openWatched } from '../support/watched-store.ts';
import { startProxiedCluster } from './proxied-cluster.ts';

let cluster: Awaited<ReturnType<typeof startProxiedCluster>>;
let store: Store;
let people: readonly Session[];
beforeAll(async () => {
  cluster = await startProxiedCluster();
  ({ store } = await openWatched(cluster.url));
  people = Array.from({ length: 20 }, (_, index) => sessionOf({ subject: `user-${index}` }));
  await Promise.all(people.map(store.table.create));
});
beforeEach(() => cluster.proxy.clear());
afterAll(async () => {
  await store.close();
  await cluster.close();
});

const keyOf = ({ id }: Session) => `postern:{default.${id.slice(0, 2)}}:session:${id}`;

/** Who each of them is: nobody where there is none, undefined where that can't be told. */
async function find(sessions: readonly Session[]): Promise<readonly (string | undefined)[]> {
  const found = await Promise.allSettled(sessions.map(({ tenant, id }) => store.findRow(tenant, id)));
  return found.map((one) =>
    one.status === 'fulfilled' ? (one.value?.session.subject ?? 'nobody') : undefined,
  );
}

const areThemselves = async () => (await find(people)).every((name, index) => name === `user-${index}`);

it('RDS-13 since a reply of a node was lost, nobody is another, and the node is left though it talks on', async () => {
  expect(await areThemselves()).toBe(true);
  const before = cluster.proxy.accepted();
  cluster.proxy.set(dropOne('GET'));
  await until(async () => {
    for (const [index, name] of (await find(people)).entries())
      expect([`user-${index}`, 'nobody', undefined]).toContain(name);
    return cluster.proxy.accepted() > before;
  });
  await until(areThemselves);
});

it('RDS-13 a node of which a reply was lost is left also where all that it says is nil', async () => {
  await until(areThemselves);
  const strangers = people.map(() => sessionOf({ subject: 'stranger' }));
  const before = cluster.proxy.accepted();
  cluster.proxy.set(dropOne('GET'));
  await until(async () => {
    await find(strangers);
    return cluster.proxy.accepted() > before;
  });
  await until(areThemselves);
});

it("RDS-13 where the row itself is another's, its node is asked at once, and not left", async () => {
  await until(areThemselves);
  const [first = sessionOf(), second = sessionOf()] = [
    sessionOf({ subject: 'first' }),
    sessionOf({ subject: 'second' }),
  ];
  await store.table.create(second);
  await cluster.client.set(keyOf(first), (await cluster.client.get(keyOf(second))) ?? '');
  const echoes = () =>
    [...cluster.proxy.connections].flatMap(({ sent }) => sent.filter(([name]) => name === 'ECHO')).length;
  const [before, accepted] = [echoes(), cluster.proxy.accepted()];
  for (let again = 0; again < 30; again += 1) expect(await find([first])).toEqual([undefined]);
  expect(echoes() - before).toBeGreaterThanOrEqual(30);
  expect([await areThemselves(), cluster.proxy.accepted()]).toEqual([true, accepted]);
});

it.each([1, 2, 5])(
  'RDS-13 that replies to %i commands were lost is found out where nobody else asks',
  async (lost) => {
    const options = { protocol: 2, commandTimeout: 150, retryStrategy: () => null } as const;
    const client = new Redis(cluster.proxy.port, '127.0.0.1', options);
    onTestFinished(() => client.disconnect());
    await once(client, 'ready');
    expect(await isInStep(client)).toBe(true);
    cluster.proxy.set(rewrite((reply, command) => (command?.[0] === 'PING' ? undefined : reply)));
    const pings = await Promise.allSettled(Array.from({ length: lost }, () => client.ping()));
    expect(pings.map(({ status }) => status)).toEqual(pings.map(() => 'rejected'));
    expect(await isInStep(client)).toBe(false);
  },
);
