import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CannotTell, type Session } from '../../src/decision/session.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { untilKnown } from '../support/until-known.ts';
import { type Cached, keyOf, openCached, until } from './cached.ts';

let redis: TestRedis;
let stores: readonly Cached[];
beforeAll(async () => {
  redis = await startRedis();
  stores = [await openCached(redis.url), await openCached(redis.url)];
});
afterAll(async () => {
  for (const { store } of stores) await store.close();
  await redis.close();
});

/** How many are tried: few beside those on a model of Redis, by the same setting. */
const RUNS = Math.ceil(Number(process.env.TEST_INTERLEAVINGS ?? 10_000) / 20);

/** The rows of one run, and of each whether somebody was told that it is gone for ever. */
function startRun() {
  const rows = [0, 1, 2, 3].map(() => sessionOf({ subject: crypto.randomUUID() }));
  return { rows, over: new Set<Session>() };
}

type Run = ReturnType<typeof startRun>;

type Act = (cached: Cached, row: Session, run: Run) => Promise<unknown>;

/** A read that began after a process was told by its own store that the row is gone finds none. */
const read: Act = async ({ store }, row, { over }) => {
  const wasOver = over.has(row);
  const found = await untilKnown(async () => store.findRow(row.tenant, row.id));
  if (wasOver) expect(found).toBeUndefined();
};

const ACTS: Readonly<Record<string, readonly [weight: number, Act]>> = {
  read: [10, read],
  revoke: [2, ({ store }, { tenant, id }) => store.table.revoke(tenant, id)],
  revokeSubject: [1, ({ store }, { tenant, subject }) => store.table.revokeSubject(tenant, subject)],
  rotate: [1, ({ store }, row) => store.table.rotate(row, sessionOf({ subject: row.subject }))],
  touch: [2, ({ store }, row) => store.touch(row, row.lastSeenAt + 1)],
};

const REVOKES = ['revoke', 'revokeSubject', 'rotate'];

const step = fc.record({
  act: fc.oneof(
    ...Object.entries(ACTS).map(([name, [weight]]) => ({ weight, arbitrary: fc.constant(name) })),
  ),
  row: fc.nat(3),
  isWaitedFor: fc.boolean(),
});

/** Whether it was done nobody knows. */
const unlessUnknown = (error: unknown) => {
  if (!(error instanceof CannotTell)) throw error;
};

/** All that one store does, some of it at once. Who revoked, and was told so, says so of its own store alone. */
async function play(
  cached: Cached,
  run: Run,
  steps: readonly { act: string; row: number; isWaitedFor: boolean }[],
) {
  const begun: Promise<unknown>[] = [];
  for (const { act, row: index, isWaitedFor } of steps) {
    const row = run.rows[index];
    if (row === undefined) continue;
    const done = ACTS[act]?.[1](cached, row, run).then(() => {
      if (REVOKES.includes(act)) run.over.add(row);
    }, unlessUnknown);
    begun.push(Promise.resolve(done));
    if (isWaitedFor) await done;
  }
  await Promise.all(begun);
}

const steps = fc.array(step, { minLength: 10, maxLength: 40, size: 'max' });

it('PBT-07 two stores on one Redis that both write: what one was told is revoked it never finds again, and the other soon does not', async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(steps, steps, async (stepsOfFirst, stepsOfSecond) => {
      const [first, second] = stores;
      if (first === undefined || second === undefined) throw new Error('there are two');
      const run = startRun();
      for (const row of run.rows) await untilKnown(() => first.store.table.create(row));
      const before = second.figures().hits;
      const other: Run = { ...run, over: new Set() };
      await Promise.all([play(first, run, stepsOfFirst), play(second, other, stepsOfSecond)]);
      hits += second.figures().hits - before;
      const both = { ...run, over: new Set([...run.over, ...other.over]) };
      for (const row of both.over) {
        await read(first, row, run);
        await read(second, row, other);
        for (const { untilGone } of [first, second]) await untilKnown(() => untilGone(row));
        for (const again of [first, second]) await read(again, row, both);
      }
    }),
    { numRuns: RUNS },
  );
  expect(hits).toBeGreaterThan(RUNS);
});

it('PBT-07 with either connection lost meanwhile, nothing that was revoked is found after both are armed again', async () => {
  const [first, second] = stores;
  if (first === undefined || second === undefined) throw new Error('there are two');
  for (let round = 0; round < Math.ceil(RUNS / 25); round += 1) {
    const run = startRun();
    for (const row of run.rows) await untilKnown(() => first.store.table.create(row));
    for (const row of run.rows) await untilKnown(() => second.untilHeld(row));
    const reads = run.rows.map(async (row) => second.store.findRow(row.tenant, row.id));
    const type = round % 2 === 0 ? 'pubsub' : 'normal';
    await redis.client.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
    await redis.client.del(run.rows.map(keyOf));
    await Promise.allSettled(reads);
    for (const cached of [first, second]) {
      await cached.next('bypassed');
      await cached.next('coherent');
      await until(async () => (await cached.store.health()).answers);
      // A change of state may have been an earlier one, on a machine that was too busy for a heartbeat.
      await cached.untilProven();
    }
    for (const row of run.rows)
      for (const cached of [first, second]) {
        expect(await untilKnown(async () => cached.store.findRow(row.tenant, row.id))).toBeUndefined();
      }
  }
});
