import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as faults from '../support/faults.ts';
import { type FaultyStore, startFaultyStore } from '../support/faulty-store.ts';
import type { NewSession } from '../support/http.ts';

let site: FaultyStore;
let ada: NewSession;
let others: readonly NewSession[];
beforeAll(async () => {
  site = await startFaultyStore();
  ada = await site.login();
  others = await Promise.all(Array.from({ length: 20 }, (_, index) => site.login(`user-${index}`)));
});
afterAll(() => site.close());
beforeEach(async () => {
  site.proxy.clear();
  await site.untilAllowed(ada);
});

const GARBAGE: readonly [string, string][] = [
  ['nothing that was asked for: nil', '$-1\r\n'],
  ['nothing that was asked for: a string', '+OK\r\n'],
  ['an error that answers nothing', '-ERR max number of clients reached\r\n'],
  ['a push', '>2\r\n$10\r\ninvalidate\r\n$-1\r\n'],
  ['a push of nil', '>1\r\n$-1\r\n'],
  ['a subscription', '>3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n'],
  ['a page', 'HTTP/1.1 502 Bad Gateway\r\n\r\n<html>'],
  ['a negative length', '$-7\r\n'],
  ['a negative array', '*-7\r\n'],
  ['an unknown type', '?\r\n'],
  ['arrays, 10,000 deep', '*1\r\n'.repeat(10_000)],
  ['arrays, 10,000 deep and whole', `${'*1\r\n'.repeat(10_000)}$-1\r\n`],
  ['zeros', '\0'.repeat(100)],
];

describe('a server that says', () => {
  it.each(GARBAGE)('RDS-12 %s is left, and the process lives', async (_, garbage) => {
    const before = site.proxy.accepted();
    site.proxy.set(faults.say(garbage));
    site.proxy.clear();
    while (site.proxy.accepted() === before) expect([200, 503]).toContain(await site.statusOf(ada));
    expect([...(await site.untilAllowed(ada))].filter((status) => status !== 503)).toEqual([]);
  });

  it.each(GARBAGE)('RDS-12 %s in the place of a row is 503', async (_, garbage) => {
    const lie = Buffer.from(garbage);
    site.proxy.set(faults.rewrite((reply, command) => (command?.[1]?.includes(':session:') ? lie : reply)));
    const status = await site.statusOf(ada);
    // A nil in its place is a row that is not there, to whoever can't look behind it.
    expect(garbage === '$-1\r\n' ? [401] : [503]).toContain(status);
    site.proxy.clear();
    expect([...(await site.untilAllowed(ada))].filter((found) => found !== 503)).toEqual([]);
  });
});

/** Asks for everybody at once, again and again, until all are allowed; nobody is ever taken for another. */
async function untilAllAreThemselves(): Promise<Set<number>> {
  const seen = new Set<number>();
  for (;;) {
    const replies = await Promise.all(others.map(site.ask));
    for (const [index, { status, headers }] of replies.entries()) {
      seen.add(status);
      if (status === 200) expect(headers['x-auth-subject']).toBe(`user-${index}`);
    }
    if (replies.every(({ status }) => status === 200)) return seen;
  }
}

describe('replies that lost count of the commands', () => {
  it.each(['GET', 'ECHO'])('RDS-13 since one to %s was lost, identify nobody as another', async (name) => {
    const before = site.proxy.accepted();
    site.proxy.set(faults.dropOne(name));
    const seen = new Set<number>();
    while (site.proxy.accepted() === before)
      for (const status of await untilAllAreThemselves()) seen.add(status);
    // A nil can't say whose it is, so until it is noticed some may be challenged; everything else says so.
    expect([...seen].filter((status) => ![200, 401, 503].includes(status))).toEqual([]);
    expect(await untilAllAreThemselves()).toEqual(new Set([200]));
  });

  it('RDS-13 since one came twice, identify nobody as another', async () => {
    const before = site.proxy.accepted();
    let doubled = false;
    const twice = faults.rewrite((reply, command) => {
      if (doubled || command?.[0] !== 'GET') return reply;
      doubled = true;
      return Buffer.concat([reply, reply]);
    });
    site.proxy.set(twice);
    while (site.proxy.accepted() === before) await untilAllAreThemselves();
    await untilAllAreThemselves();
  });

  it("RDS-13 where the row itself is another's, the one is 503 and the connection stays", async () => {
    const [first, second] = [await site.login('first'), await site.login('second')];
    const keyOf = ({ id }: NewSession) => `postern:{default.${id.slice(0, 2)}}:session:${id}`;
    await site.redis.client.set(keyOf(first), (await site.redis.client.get(keyOf(second))) ?? '');
    const before = site.proxy.accepted();
    expect(await site.statusOf(first)).toBe(503);
    await site.untilAllowed(second);
    expect(site.proxy.accepted()).toBe(before);
  });
});

it.each([
  'LOADING Redis is loading the dataset in memory',
  'BUSY Redis is busy running a script',
  'MASTERDOWN Link with MASTER is down',
  'MISCONF Redis is configured to save RDB snapshots',
  'NOAUTH Authentication required.',
  'NOPERM this user has no permissions',
  'OOM command not allowed',
  'CLUSTERDOWN The cluster is down',
  'ERR nobody knows',
  'WHATEVER',
])('RDS-15 a server that answers -%s to a read is 503, and never "there is none"', async (words) => {
  const refusal = Buffer.from(`-${words}\r\n`);
  site.proxy.set(faults.rewrite((reply, command) => (command?.[0] === 'GET' ? refusal : reply)));
  for (let round = 0; round < 5; round += 1) expect(await site.statusOf(ada)).toBe(503);
  const dead = { ...ada, token: `${ada.token.slice(0, -1)}${ada.token.endsWith('a') ? 'b' : 'a'}` };
  expect(await site.statusOf(dead)).toBe(503);
  site.proxy.clear();
  expect([...(await site.untilAllowed(ada))].filter((status) => status !== 503)).toEqual([]);
});
