import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { decisionOn, getToken, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

const AUDIT = 'postern:{default}:audit';

let redis: TestRedis;
let replicas: readonly InProcess[];
let calls: readonly [Call, Call];
beforeAll(async () => {
  redis = await startRedis();
  const settings = { storeUrl: redis.url, publicUrl: 'https://auth.example.com', limits: { roles: 3 } };
  const [one, two] = [await startInProcess(settings), await startInProcess(settings)];
  await Promise.all([untilReady(one.ports.admin), untilReady(two.ports.admin)]);
  replicas = [one, two];
  calls = [await describedCalls(one.ports), await describedCalls(two.ports)];
});
beforeEach(async () => void (await redis.client.flushall()));
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await redis.close();
});

const portsOf = (index: 0 | 1) => {
  const replica = replicas[index];
  if (replica === undefined) throw new Error('there are two replicas');
  return replica.ports;
};
/** All at once, by turns through both replicas. */
const atOnce = (count: number, method: string, path: string, body: (index: number) => object) =>
  Promise.all(
    Array.from({ length: count }, (_, index) => calls[index % 2 === 0 ? 0 : 1](method, path, body(index))),
  );
const countOf = (replies: readonly { status: number }[], status: number) =>
  replies.filter((reply) => reply.status === status).length;
const listed = async (path: string, member: string, call: Call = calls[0]) =>
  (await call('GET', path)).json[member];

describe('two replicas at once', () => {
  it('lose no application, and no entry of the trail', async () => {
    const replies = await atOnce(20, 'POST', '/applications', (index) => ({ name: `app ${index}` }));
    expect(countOf(replies, 200)).toBe(20);
    for (const call of calls) {
      const names = (await listed('/applications', 'applications', call)).map(
        ({ name }: { name: string }) => name,
      );
      expect(new Set(names).size).toBe(20);
      const targets = (await listed('/audit', 'entries', call)).map(
        ({ target }: { target: string }) => target,
      );
      expect(new Set(targets)).toEqual(new Set(replies.map(({ json }) => json.clientId)));
    }
  });

  it('and a burst of changes through one of them is refused nowhere as too many', async () => {
    const asked = Array.from({ length: 80 }, () => calls[0]('POST', '/applications', { name: 'burst' }));
    expect(countOf(await Promise.all(asked), 200)).toBe(80);
  });

  it.each(Array.from({ length: 8 }, (_, index) => `urn:${index}`))(
    'declare %s once: one is told 201, the other 422',
    async (indicator) => {
      const replies = await atOnce(2, 'POST', '/resources', (index) => ({ name: `${index}`, indicator }));
      expect([countOf(replies, 201), countOf(replies, 422)]).toEqual([1, 1]);
      expect(await listed('/resources', 'resources', calls[1])).toHaveLength(2);
    },
  );

  it('never go beyond a limit, and never make a name twice', async () => {
    const same = await atOnce(6, 'POST', '/roles', () => ({ name: 'same' }));
    expect([countOf(same, 201), countOf(same, 422)]).toEqual([1, 5]);
    const others = await atOnce(6, 'POST', '/roles', (index) => ({ name: `role ${index}` }));
    expect([countOf(others, 201), countOf(others, 422)]).toEqual([2, 4]);
    const { clientId } = await registerApplication(portsOf(0));
    const path = `/applications/${clientId}/secrets`;
    const secrets = await atOnce(8, 'POST', path, (index) => ({ name: `s${index}` }));
    expect([countOf(secrets, 201), countOf(secrets, 422)]).toEqual([4, 4]);
  });

  it('make the first keys of a tenant once', async () => {
    const client = await registerApplication(portsOf(0));
    await Promise.all([getToken(portsOf(0), client), getToken(portsOf(1), client)]);
    const states = (await listed('/keys', 'keys')).map(({ state }: { state: string }) => state);
    expect(states).toEqual(['current', 'next']);
  });
});

describe('what one replica changed', () => {
  it('holds at the other with its next answer', async () => {
    const client = await registerApplication(portsOf(0));
    const token = await getToken(portsOf(1), client);
    for (const index of [0, 1] as const) expect(await decisionOn(portsOf(index), token)).toBe(200);
    await calls[0]('DELETE', `/applications/${client.clientId}`);
    expect(await decisionOn(portsOf(1), token)).toBe(401);
    expect((await calls[1]('GET', `/applications/${client.clientId}`)).status).toBe(404);
  });

  it('is seen there with when a secret was last used', async () => {
    const client = await registerApplication(portsOf(0));
    const path = `/applications/${client.clientId}/secrets`;
    expect((await listed(path, 'secrets'))[0]).not.toHaveProperty('lastUsedAt');
    await getToken(portsOf(0), client);
    let secret = (await listed(path, 'secrets', calls[1]))[0];
    while (secret.lastUsedAt === undefined) secret = (await listed(path, 'secrets', calls[1]))[0];
    expect(Math.abs(secret.lastUsedAt - secret.createdAt)).toBeLessThanOrEqual(60);
  });
});

describe('ADM-18 a trail that takes no entry', () => {
  it('fails the write, and nothing is changed', async () => {
    const { clientId } = await registerApplication(portsOf(0));
    const before = await registryOf();
    await redis.client.rename(AUDIT, 'aside');
    await redis.client.set(AUDIT, 'no trail');
    for (const [method, path, body] of [
      ['POST', '/applications', { name: 'x' }],
      ['DELETE', `/applications/${clientId}`, undefined],
      ['POST', '/resources', { name: 'x', indicator: 'urn:x' }],
      ['POST', `/applications/${clientId}/secrets/rotate`, {}],
      ['PUT', '/config/tokens', { access: { expires_in: 60 } }],
    ] as const) {
      const reply = await calls[0](method, path, body);
      expect([path, reply.status, reply.headers['retry-after']]).toEqual([path, 503, '1']);
    }
    expect(await registryOf()).toEqual(before);
    await redis.client.rename('aside', AUDIT);
    expect(await listed('/audit', 'entries')).toHaveLength(1);
    expect(await listed('/applications', 'applications')).toHaveLength(1);
  });

  async function registryOf() {
    return redis.client.mget('postern:{default}:registry', 'postern:{default}:registry-version');
  }
});

it('a store that dies while applications are registered has each of them whole or not at all', async () => {
  const names = Array.from({ length: 16 }, (_, index) => `app ${index}`);
  const asked = names.map((name, index) => calls[index % 2 === 0 ? 0 : 1]('POST', '/applications', { name }));
  await Promise.race(asked);
  await redis.kill();
  const replies = await Promise.all(asked);
  expect((await calls[0]('POST', '/applications', { name: 'x' })).status).toBe(503);
  for (const { status } of replies) expect([200, 503]).toContain(status);
  await redis.start();
  await Promise.all([untilReady(portsOf(0).admin), untilReady(portsOf(1).admin)]);
  const there = (await listed('/applications', 'applications', calls[1])).map(
    ({ clientId }: { clientId: string }) => clientId,
  );
  const told = replies.flatMap(({ json, status }) => (status === 200 ? [json.clientId] : []));
  expect(there).toEqual(expect.arrayContaining(told));
  const trail = (await listed('/audit', 'entries')).map(({ target }: { target: string }) => target);
  expect(trail.toReversed()).toEqual(there);
  expect(await registerApplication(portsOf(0))).toHaveProperty('secret');
});
