import { expect, it } from 'vitest';
import { createRecent } from '../../src/lib/recent.ts';

const sourceOf = (name: string) => ({ name });

function watched(places: number) {
  const made: string[] = [];
  const recent = createRecent(
    places,
    ({ name }: { name: string }) => name,
    ({ name }) => {
      made.push(name);
      return { of: name };
    },
  );
  return { recent, made };
}

it('makes once of the same object, and anew of another of the same name', () => {
  const { recent, made } = watched(16);
  const source = sourceOf('session-a');
  expect(recent(source)).toBe(recent(source));
  expect(recent(sourceOf('session-a'))).toEqual({ of: 'session-a' });
  expect(made).toEqual(['session-a', 'session-a']);
});

it('gives two objects of one place each its own', () => {
  const { recent } = watched(1);
  const [a, b] = [sourceOf('session-a'), sourceOf('session-b')];
  expect([recent(a), recent(b), recent(a)]).toEqual([
    { of: 'session-a' },
    { of: 'session-b' },
    { of: 'session-a' },
  ]);
});

it('with no place at all makes anew each time', () => {
  const { recent, made } = watched(0);
  const source = sourceOf('session-a');
  recent(source);
  recent(source);
  expect(made).toHaveLength(2);
});
