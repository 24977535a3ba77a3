import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Proxied } from '../support/fault-proxy.ts';
import * as faults from '../support/faults.ts';
import { type FaultyStore, isRowRead, startFaultyStore } from '../support/faulty-store.ts';
import type { NewSession } from '../support/http.ts';

let site: FaultyStore;
let ada: NewSession;
beforeAll(async () => {
  site = await startFaultyStore();
  ada = await site.login();
});
afterAll(() => site.close());
beforeEach(async () => {
  site.proxy.clear();
  await site.untilAllowed(ada);
});

const many = (count: number) => Promise.all(Array.from({ length: count }, () => site.statusOf(ada)));

const readsOf = ({ sent }: Proxied) => sent.filter(isRowRead).length;

/** Nothing but 503 while it lasts, and nothing else until it is over. */
async function survives(fault: faults.Fault): Promise<void> {
  site.proxy.set(fault);
  await site.untilUnavailable(ada);
  expect(new Set(await many(20))).toEqual(new Set([503]));
  expect(await site.statusOfNobody()).toBe(401);
  site.proxy.clear();
  expect([[], [503]]).toContainEqual([...(await site.untilAllowed(ada))]);
}

/** Once it is known to be down, hundreds of decisions send nothing: all that goes there are probes, and handshakes. */
async function refusesUnasked(): Promise<void> {
  await site.untilUnavailable(ada);
  await site.untilDown();
  const before = site.rowReads();
  for (let round = 0; round < 10; round += 1) expect(new Set(await many(50))).toEqual(new Set([503]));
  expect(site.rowReads()).toBe(before);
}

describe('a link', () => {
  it('RDS-03 that is reset and refused is 503, and all is well after', () => survives(faults.refuse));

  it('RDS-03 that is reset under traffic answers 200 or 503, and nothing else', async () => {
    for (let round = 0; round < 3; round += 1) {
      await site.untilAllowed(ada);
      const traffic = many(100);
      site.proxy.set(faults.reset);
      site.proxy.clear();
      for (const status of await traffic) expect([200, 503]).toContain(status);
    }
  });

  it.each(['both', 'to-server', 'to-client'] as const)(
    'RDS-04 RDS-05 that swallows what goes %s is 503, and no decision waits behind it',
    async (direction) => {
      site.proxy.set(faults.blackhole(direction));
      await refusesUnasked();
      site.proxy.clear();
      expect([...(await site.untilAllowed(ada))].filter((status) => status !== 503)).toEqual([]);
    },
  );

  it('RDS-04 to a server that stands still is the same', async () => {
    await site.redis.freeze();
    await refusesUnasked();
    await site.redis.thaw();
    expect([...(await site.untilAllowed(ada))].filter((status) => status !== 503)).toEqual([]);
  });

  it.each([50, 140])('RDS-07 that takes %i ms is in time, and used', async (milliseconds) => {
    site.proxy.set(faults.latency(milliseconds));
    // Where the machine is busy, what comes in time may be read too late: then the next one is.
    for (let round = 0; round < 3; round += 1) {
      expect([[], [503]]).toContainEqual([...(await site.untilAllowed(ada))]);
    }
  });

  it.each([200, 400, 1_000])('RDS-07 that takes %i ms is too slow, and 503', (milliseconds) =>
    survives(faults.latency(milliseconds)),
  );

  it('RDS-08 with jitter answers who comes in time, and asks for nobody twice', async () => {
    site.proxy.set(faults.latency(0, { jitter: 250, seed: 7 }));
    const before = site.rowReads();
    const statuses: number[] = [];
    while (!statuses.includes(200) || !statuses.includes(503)) statuses.push(await site.statusOf(ada));
    for (const status of statuses) expect([200, 503]).toContain(status);
    expect(site.rowReads() - before).toBeLessThanOrEqual(statuses.length);
  });

  it('RDS-09 that is narrow is 503 for most, and no more than the cap waits on any connection', async () => {
    site.proxy.set(faults.throttle(2_000));
    const before = new Map(site.proxy.all.map((connection) => [connection, readsOf(connection)]));
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => many(250)))).flat();
    for (const status of statuses) expect([200, 503]).toContain(status);
    for (const connection of site.proxy.all) {
      expect(readsOf(connection) - (before.get(connection) ?? 0)).toBeLessThan(1_024 + 100);
    }
    expect(await site.postern.metrics()).toMatch(/operation="find",result="store_unavailable"\} [1-9]/);
  });

  it('RDS-10 that brings replies in small pieces brings the right ones', async () => {
    site.proxy.set(faults.slice(5));
    const others = await Promise.all(['eve', 'zoë', 'bob'].map((subject) => site.login(subject)));
    const subjects = await Promise.all(
      others.map(async (session) => (await site.ask(session)).headers['x-auth-subject']),
    );
    expect(subjects).toEqual(['eve', 'zo%C3%AB', 'bob']);
  });

  it('RDS-11 that ends in the midst of a reply is 503, wherever', async () => {
    for (const bytes of [1, 4, 30, 300]) {
      site.proxy.set(faults.truncate(bytes));
      expect([503]).toContain(await site.statusOf(ada));
      site.proxy.clear();
      expect([...(await site.untilAllowed(ada))].filter((status) => status !== 503)).toEqual([]);
    }
  });

  it('half of which was closed is made anew', async () => {
    site.proxy.set(faults.halfClose);
    site.proxy.clear();
    expect([...(await site.untilAllowed(ada))].filter((status) => status !== 503)).toEqual([]);
  });

  it('RDS-32 with one huge value on it is not taken for dead', async () => {
    const eve = await site.login('eve');
    const key = `postern:{default.${eve.id.slice(0, 2)}}:session:${eve.id}`;
    await site.redis.client.set(key, 'x'.repeat(1024 * 1024));
    const [huge, ...others] = await Promise.all([
      site.statusOf(eve),
      ...Array.from({ length: 20 }, () => site.statusOf(ada)),
    ]);
    expect(huge).toBe(503);
    for (const status of others) expect(status).toBe(200);
  });
});
