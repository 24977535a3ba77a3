import { expect, it, onTestFinished } from 'vitest';
import * as faults from '../support/faults.ts';
import { startFaultyStore } from '../support/faulty-store.ts';

const PEOPLE = 20;
const EACH = 20;

it('RDS-24 a server that comes back under many requests gets two connections, and a few reads of each row', async () => {
  const site = await startFaultyStore(1_000);
  onTestFinished(site.close);
  const people = await Promise.all(Array.from({ length: PEOPLE }, (_, index) => site.login(`user-${index}`)));
  site.proxy.set(faults.refuse);
  await site.untilDown();
  const [reads, connections] = [site.rowReads(), site.proxy.accepted()];
  const flood = people.flatMap((person) => Array.from({ length: EACH }, () => site.untilAllowed(person)));
  site.proxy.clear();
  for (const before of await Promise.all(flood)) expect([[], [503]]).toContainEqual([...before]);
  expect(site.proxy.accepted() - connections).toBeLessThanOrEqual(2);
  // One for all who ask for it at once. What was read before changes were told again is read once more; and where a row
  // is had at once, it may be read again within those few round trips.
  expect(site.rowReads() - reads).toBeGreaterThanOrEqual(PEOPLE);
  expect(site.rowReads() - reads).toBeLessThan((PEOPLE * EACH) / 4);
});
