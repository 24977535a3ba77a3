import { EventEmitter, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createReapply } from '../../src/store/redis/reapply.ts';

/** So many revocations, of which some are refused; `done` has their numbers, the oldest being 0, in the order of the calls. */
function setUp(count: number, refuses: (index: number) => boolean) {
  const done: number[] = [];
  const events = new EventEmitter();
  const revocations = Array.from({ length: count }, (_, index) => async () => {
    done.push(index);
    events.emit(String(index));
    if (refuses(index)) throw new Error('refused');
  });
  const { reapply, stop } = createReapply(
    () => revocations,
    () => true,
  );
  onTestFinished(stop);
  const called = (index: number) => once(events, String(index));
  return { done, reapply, called, forget: () => revocations.shift() };
}

const downFrom = (count: number) => Array.from({ length: count }, (_, index) => count - 1 - index);

it('RDS-20 the newest revocation is done again first, at once, and all of them are', async () => {
  const { done, reapply, called } = setUp(250, () => false);
  const last = called(0);
  reapply();
  expect(done).toEqual(downFrom(250).slice(0, 100));
  await last;
  expect(done).toEqual(downFrom(250));
});

it('RDS-20 revocations that are refused hold up none of the others, and they alone are tried again', async () => {
  let isFull = true;
  const { done, reapply, called } = setUp(250, (index) => index >= 150 && isFull);
  const last = called(0);
  reapply();
  await last;
  expect(done).toEqual(downFrom(250));
  done.length = 0;
  isFull = false;
  await called(150);
  expect(done).toEqual(downFrom(250).slice(0, 100));
});

it('RDS-20 a revocation that is forgotten is not tried again', async () => {
  const { done, reapply, called, forget } = setUp(3, () => true);
  const [oldest, middle] = [called(0), called(1)];
  reapply();
  await Promise.all([oldest, middle]);
  forget();
  done.length = 0;
  await called(1);
  expect(done).toEqual([2, 1]);
});

it('RDS-20 another server is told of all, from the newest on, whatever the one before it has still to be told', async () => {
  const { done, reapply, called } = setUp(150, () => false);
  const last = called(0);
  reapply();
  reapply();
  expect(done).toEqual([...downFrom(150).slice(0, 100), ...downFrom(150).slice(0, 100)]);
  await last;
  await setImmediate();
  expect(done.slice(200)).toEqual(downFrom(50));
});
