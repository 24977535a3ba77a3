import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Session } from '../../../src/decision/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { sessionOf } from '../../support/sessions.ts';
import { createLink, type Link } from './link.ts';
import { createWorld, ROWS, rowKey, settle, type World } from './world.ts';

const base = openSqliteStore(':memory:', systemClock, {
  called: () => undefined,
  changed: () => undefined,
  warned: () => undefined,
});
afterAll(() => base.close());

/** How many interleavings are tried; `TEST_INTERLEAVINGS=20000` for all that were promised. */
const RUNS = Number(process.env.TEST_INTERLEAVINGS ?? 10_000);

type Act = (world: World, link: Link, row: Session, size: number) => void;

const lost = () => undefined;
const other = (row: Session, size: number) => ROWS[(ROWS.indexOf(row) + size) % ROWS.length] ?? row;

/** What may happen next, and how often it does. */
const ACTS: Readonly<Record<string, readonly [weight: number, Act]>> = {
  read: [30, ({ read }, _, row) => read(row)],
  serve: [8, ({ redis }) => redis.serve()],
  reply: [8, ({ redis }) => redis.reply()],
  hear: [8, (_, link) => link.hear()],
  answerAll: [10, ({ redis }) => redis.answerAll()],
  tick: [8, (_, link) => link.tick()],
  wait: [3, ({ wait }, _, __, size) => wait(size)],
  standStill: [1, ({ wait }, _, __, size) => wait(2_500 + 2 * size)],
  create: [2, ({ own, next }, _, row) => void own.table.create(next(row)).catch(lost)],
  revoke: [3, ({ own }, _, { tenant, id }) => void own.table.revoke(tenant, id).catch(lost)],
  revokeSubject: [
    1,
    ({ own }, _, { tenant, subject }) => void own.table.revokeSubject(tenant, subject).catch(lost),
  ],
  rotate: [
    1,
    ({ own, next }, _, row, size) => void own.table.rotate(row, next(other(row, size))).catch(lost),
  ],
  touch: [
    1,
    ({ own, redis, next }, _, row) => {
      const seen = redis.currentOf(rowKey(row));
      if (seen !== undefined) void own.touch(seen, next(row).lastSeenAt).catch(lost);
    },
  ],
  writtenByAnother: [2, ({ redis, next }, _, row) => void redis.write(rowKey(row), next(row))],
  deletedByAnother: [2, ({ redis }, _, row) => void redis.write(rowKey(row), undefined)],
  emptied: [1, ({ redis }) => redis.flushAll()],
  dataLost: [1, (_, link, __, size) => link.loseData(size % 2 === 0)],
  subscriberLost: [1, (_, link) => link.loseSubscriber('connection_lost')],
  cutInSilence: [1, (_, link) => link.cut()],
};

const step = fc.record({
  act: fc.oneof(
    ...Object.entries(ACTS).map(([name, [weight]]) => ({ weight, arbitrary: fc.constant(name) })),
  ),
  row: fc.constantFrom(...ROWS.keys()),
  size: fc.nat(900),
});

async function play(steps: readonly { act: string; row: number; size: number }[]): Promise<World> {
  const world = createWorld(base);
  const link = createLink(world);
  const happen = async (name: string, row = 0, size = 0) => {
    ACTS[name]?.[1](world, link, ROWS[row] ?? sessionOf(), size);
    await settle(24);
  };
  for (const name of ['tick', 'serve', 'reply', 'serve', 'reply', 'hear']) await happen(name);
  expect(world.near.figures().isCoherent).toBe(true);
  for (const { act, row, size } of steps) await happen(act, row, size);
  return world;
}

describe('PBT-07 whatever is read, written, told and lost, in whatever order', () => {
  it('PBT-07 nothing is answered after it was told or acknowledged that it is over, or after the bound, or while nobody tells', async () => {
    let [hits, answers] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50, size: 'max' }), async (steps) => {
        const world = await play(steps);
        expect(world.faults).toEqual([]);
        hits += world.counts().hits;
        answers += world.counts().answers;
      }),
      { numRuns: RUNS },
    );
    expect(hits).toBeGreaterThan(RUNS);
    expect(answers).toBeGreaterThan(RUNS);
  });
});
