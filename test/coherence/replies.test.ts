import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import * as faults from '../support/faults.ts';
import { type FaultyStore, startFaultyStore } from '../support/faulty-store.ts';
import type { NewSession } from '../support/http.ts';

let site: FaultyStore;
let people: readonly NewSession[];
beforeAll(async () => {
  // One row is held, so that nearly all are read, as they are where what is held may be used.
  site = await startFaultyStore(1);
  people = await Promise.all(Array.from({ length: 20 }, (_, index) => site.login(`user-${index}`)));
});
afterAll(() => site.close());
beforeEach(() => site.proxy.clear());

let stranger = 0;

/** Asks for everybody at once, and for one beside each whom nobody has ever asked for, until all are allowed. */
async function untilAllAreThemselves(): Promise<Set<number>> {
  const seen = new Set<number>();
  for (;;) {
    const asked = people.flatMap((person) => {
      stranger += 1;
      return [person, { token: person.token.slice(0, 36) + String(stranger).padStart(9, '0') }];
    });
    const replies = (await Promise.all(asked.map(site.ask))).filter((_, index) => index % 2 === 0);
    for (const [index, { status, headers }] of replies.entries()) {
      seen.add(status);
      if (status === 200) expect(headers['x-auth-subject']).toBe(`user-${index}`);
    }
    if (replies.every(({ status }) => status === 200)) return seen;
  }
}

/** So many replies about rows are lost, and all others come. */
function dropRows(count: number): faults.Fault {
  let left = count;
  return faults.rewrite((reply, command) => {
    if (left === 0 || !command?.some((word) => word.includes(':session:'))) return reply;
    left -= 1;
    return undefined;
  });
}

it.each<[string, faults.Fault]>([
  ['a reply to GET is', faults.dropOne('GET')],
  ['a reply to ECHO is', faults.dropOne('ECHO')],
  ['a reply about a row is', dropRows(1)],
  ['two replies about rows are', dropRows(2)],
])('RDS-13 where rows may be held and %s lost, nobody is another, and nobody is denied', async (_, fault) => {
  await untilAllAreThemselves();
  const before = site.proxy.accepted();
  site.proxy.set(fault);
  const seen = new Set<number>();
  while (site.proxy.accepted() === before)
    for (const status of await untilAllAreThemselves()) seen.add(status);
  expect([...seen].filter((status) => ![200, 503].includes(status))).toEqual([]);
  expect([...(await untilAllAreThemselves())].filter((status) => ![200, 503].includes(status))).toEqual([]);
});
