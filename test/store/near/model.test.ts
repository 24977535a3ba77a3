import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../../src/decision/session.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { readRow } from '../../../src/store/row.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { EMPTY_REGISTRY } from '../../support/registries.ts';
import { sessionOf } from '../../support/sessions.ts';
import { createWorld, ROWS, rowKey, settle, VERSION_KEY, type World } from './world.ts';

const base = openSqliteStore(':memory:', systemClock, {
  called: () => undefined,
  changed: () => undefined,
  warned: () => undefined,
});
let [time, late] = [1_000_000, 0];
const clock = {
  now: () => time,
  pass: (milliseconds: number) => {
    time += milliseconds;
    vi.advanceTimersByTime(milliseconds + late);
    late = 0;
  },
  /** The process stands still, and goes on with what comes next before any timer. */
  standStill: (milliseconds: number) => {
    time += milliseconds;
    late += milliseconds;
  },
};
const { stackTraceLimit } = Error;
beforeAll(() => {
  // Thousands of connections are lost here: to write down where costs a third of all.
  Error.stackTraceLimit = 0;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  vi.spyOn(performance, 'now').mockImplementation(clock.now);
});
afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  Error.stackTraceLimit = stackTraceLimit;
  await base.close();
});

/** How many interleavings are tried. */
const RUNS = Number(process.env.TEST_INTERLEAVINGS ?? 10_000);

/** In milliseconds: a run takes some two, and thrice that where others are at work. */
const TIMEOUT = 60_000 + 20 * RUNS;

type Act = (world: World, row: Session, size: number) => unknown;

/** Whether it comes to anything is for the steps to come. */
const begin = (write: Promise<unknown>) => void write.catch(() => undefined);
const versionOf = (size: number) => ({ version: `v${size}`, registry: EMPTY_REGISTRY });
const tick = () => {
  for (let passed = 0; passed < 500; passed += 125) clock.pass(125);
};
/** No command is under way then: after what time each is given up, its timer says. */
const standStill = (milliseconds: number) => {
  clock.pass(150);
  clock.standStill(milliseconds);
};
const other = (row: Session, size: number) => ROWS[(ROWS.indexOf(row) + size) % ROWS.length] ?? row;

/** What may happen next, and how often it does. */
const ACTS: Readonly<Record<string, readonly [weight: number, Act]>> = {
  read: [30, ({ read }, row) => void read(row)],
  serve: [4, ({ data }) => data.serve()],
  serveAll: [6, ({ data }) => data.serveAll()],
  serveSubscriber: [1, ({ subscriber }) => subscriber.serve()],
  reply: [6, ({ data }) => data.bring()],
  hear: [6, ({ subscriber }) => subscriber.bring()],
  answerAll: [4, ({ data }) => data.answerAll()],
  hearAll: [3, ({ subscriber }) => subscriber.answerAll()],
  calm: [7, ({ calm }) => calm()],
  wait: [5, (_, __, size) => clock.pass(size % 300)],
  tick: [6, () => tick()],
  standStill: [3, (_, __, size) => standStill(3_000 + 3 * size)],
  create: [2, ({ own, next }, row) => begin(own.table.create(next(row)))],
  revoke: [3, ({ own }, { tenant, id }) => begin(own.table.revoke(tenant, id))],
  revokeSubject: [1, ({ own }, { tenant, subject }) => begin(own.table.revokeSubject(tenant, subject))],
  rotate: [1, ({ own, next }, row, size) => begin(own.table.rotate(row, next(other(row, size))))],
  touch: [
    1,
    ({ own, redis, next }, row) => {
      const { text } = redis.entryOf(rowKey(row));
      if (text !== undefined) begin(own.touch(readRow(text, row.tenant, row.id), next(row).lastSeenAt));
    },
  ],
  declare: [2, ({ own }, _, size) => begin(own.registries.replace('default', '', versionOf(size), []))],
  writtenByAnother: [2, ({ write, next }, row) => write(next(row))],
  /** Who put it there by hand gave it less time than it says itself. */
  writtenForLess: [1, ({ write, next, now }, row, size) => write(next(row), now() + size)],
  deletedByAnother: [2, ({ redis }, row) => redis.write(rowKey(row), undefined)],
  declaredByAnother: [2, ({ redis }, _, size) => redis.write(VERSION_KEY, versionOf(size).version)],
  emptied: [2, ({ redis }) => redis.flushAll()],
  dataLost: [1, ({ data }, _, size) => data.lose(size % 2 === 0)],
  subscriberLost: [1, ({ subscriber }, _, size) => subscriber.lose(size % 2 === 0)],
  cut: [1, ({ data, subscriber }, _, size) => (size % 3 === 0 ? data : subscriber).cut()],
};

const step = fc.record({
  act: fc.oneof(
    ...Object.entries(ACTS).map(([name, [weight]]) => ({ weight, arbitrary: fc.constant(name) })),
  ),
  // Mostly the first ones, so that a few of them are held.
  row: fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 3, 4),
  size: fc.nat(900),
});

async function play(steps: readonly { act: string; row: number; size: number }[]): Promise<World> {
  const world = createWorld(base, clock.now);
  const happen = async (name: string, row = 0, size = 0) => {
    await ACTS[name]?.[1](world, ROWS[row] ?? sessionOf(), size);
    await settle();
  };
  await until(world, () => world.near.figures().isCoherent);
  for (const { act, row, size } of steps) await happen(act, row, size);
  return world;
}

async function until(world: World, holds: () => boolean): Promise<void> {
  for (let ticks = 0; ticks < 20 && !holds(); ticks += 1) {
    tick();
    await settle();
    await world.calm();
  }
}

/** However it was lost: it holds again what it reads, and is told again of what changes. */
async function recover(world: World): Promise<void> {
  const { near, now, calm, read, write, next, told, redis, faults } = world;
  // Anew: a link that was cut is not noticed at once.
  const since = now();
  await until(world, () => near.figures().stalenessSeconds * 1000 < now() - since);
  const [row = sessionOf()] = ROWS;
  write(next(row));
  await calm();
  read(row);
  await calm();
  if (!read(row)) faults.push('it holds nothing again');
  write(next(row));
  await calm();
  if (told.get(rowKey(row)) !== redis.entriesOf(rowKey(row)).length - 1) faults.push('nobody tells again');
  if (read(row)) faults.push('it holds what it was told is over');
  await calm();
}

describe('PBT-07 whatever is read, written, told and lost, in whatever order', () => {
  it(
    'PBT-07 nothing is answered after it was told or acknowledged that it is over, or after the bound, or while nobody tells',
    async () => {
      const sums = { hits: 0, answers: 0, recoveries: 0 };
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50, size: 'max' }), async (steps) => {
          const world = await play(steps);
          await recover(world);
          const { hits, answers, recoveries } = world.counts();
          world.close();
          await settle();
          vi.clearAllTimers();
          expect(world.faults).toEqual([]);
          sums.hits += hits;
          sums.answers += answers;
          sums.recoveries += recoveries;
        }),
        { numRuns: RUNS },
      );
      for (const sum of Object.values(sums)) expect(sum).toBeGreaterThan(RUNS);
    },
    TIMEOUT,
  );

  it('CCH-08 a heartbeat that comes back late proves nothing of the time that it took', async () => {
    const world = await play([]);
    const staleness = () => world.near.figures().stalenessSeconds * 1000;
    tick();
    const began = clock.now();
    // The canary is looked for, and then made: what is told of it waits.
    for (const _ of ['look', 'make']) {
      await settle();
      world.data.answerAll();
    }
    for (let quarters = 0; quarters < 7; quarters += 1) clock.pass(250);
    const before = staleness();
    world.subscriber.bring();
    expect(staleness()).toBeLessThan(before);
    expect(staleness()).toBeGreaterThanOrEqual(clock.now() - began);
    world.close();
  });
});
