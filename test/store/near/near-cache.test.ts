import { expect, it } from 'vitest';
import { createNearCache } from '../../../src/store/near/near-cache.ts';
import { sessionOf } from '../../support/sessions.ts';

function open() {
  const told: string[] = [];
  let now = 50_000;
  const near = createNearCache(
    { maxEntries: 10, maxBytes: 10_000, ttlSeconds: 60 },
    () => 1_000,
    {
      changed: (state, reason = undefined) => void told.push([state, reason].filter(Boolean).join(' ')),
      flushed: (reason) => void told.push(`flushed ${reason}`),
    },
    () => now,
  );
  const fill = async () => {
    const session = sessionOf();
    await near.sessions.get('row', async () => ({ value: session, bytes: 10, until: 9_999 }));
    await near.texts.get('text', async () => ({ value: 'text', bytes: 10, until: 9_999 }));
    return [near.sessions.held('row'), near.texts.held('text')].filter((held) => held !== undefined).length;
  };
  return { near, told, fill, now: () => now, wait: (milliseconds: number) => (now += milliseconds) };
}

it('CCH-06 holds nothing until it is proven that it is told of changes', async () => {
  const { near, told, fill, now } = open();
  expect([await fill(), near.figures().isCoherent]).toEqual([0, false]);
  expect(near.figures().stalenessSeconds).toBe(Number.POSITIVE_INFINITY);
  near.prove(now());
  expect([await fill(), near.figures().isCoherent, told]).toEqual([2, true, ['coherent']]);
  expect(near.figures()).toMatchObject({ entries: 2, stalenessSeconds: 0 });
});

it('CCH-06 who asks after it was proven does not share a read from before', async () => {
  const { near, now } = open();
  const { promise: never } = Promise.withResolvers<never>();
  const old = near.texts.get('text', () => never);
  near.prove(now());
  expect(await near.texts.get('text', async () => ({ value: 'new', bytes: 1, until: 9_999 }))).toBe('new');
  expect(await Promise.race([old, 'still waits'])).toBe('still waits');
});

it('CCH-08 answers nothing four seconds after what was proven last, and again once it is proven anew', async () => {
  const { near, told, fill, now, wait } = open();
  near.prove(now() - 1_000);
  expect(await fill()).toBe(2);
  wait(2_999);
  expect([near.texts.held('text'), near.figures().stalenessSeconds]).toEqual(['text', 3.999]);
  wait(1);
  expect([near.texts.held('text'), near.sessions.held('row')]).toEqual([undefined, undefined]);
  expect(near.figures().isCoherent).toBe(false);
  near.prove(now());
  expect([near.texts.held('text'), told]).toEqual(['text', ['coherent']]);
});

it('CCH-12 is emptied and goes on; bypassed, it holds nothing', async () => {
  const { near, told, fill, now } = open();
  near.prove(now());
  await fill();
  near.empty('emptied');
  expect(near.figures()).toMatchObject({ entries: 0, bytes: 0, isCoherent: true });
  await fill();
  near.bypass('connection_lost');
  expect(near.figures()).toMatchObject({ entries: 0, bytes: 0, isCoherent: false });
  expect(await fill()).toBe(0);
  expect(told).toEqual([
    'coherent',
    'flushed emptied',
    'flushed connection_lost',
    'bypassed connection_lost',
  ]);
});

it('tells of a change of its state once, and of a refusal also where it never came to hold anything', () => {
  const { near, told, now } = open();
  for (const reason of ['connection_lost', 'refused', 'refused', 'connection_lost'] as const)
    near.bypass(reason);
  expect(told).toEqual(['bypassed refused']);
  near.prove(now());
  near.prove(now());
  for (const _again of [1, 2]) near.bypass('heartbeat_late');
  expect(told.slice(1)).toEqual(['coherent', 'flushed heartbeat_late', 'bypassed heartbeat_late']);
});

it('CCH-13 drops each key that it is told of, whatever is in its name, and no other', async () => {
  const { near, now } = open();
  near.prove(now());
  for (const key of ['a,b', 'a', 'b', 'c']) {
    await near.texts.get(key, async () => ({ value: key, bytes: 1, until: 9_999 }));
  }
  near.drop(['a,b', 'c']);
  expect(['a,b', 'a', 'b', 'c'].map(near.texts.held)).toEqual([undefined, 'a', 'b', undefined]);
});
