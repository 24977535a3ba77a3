import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFraming } from '../../src/store/redis/framing.ts';
import { createTeller } from '../../src/store/redis/told.ts';

const framed = (text: string) => createFraming()(Buffer.from(text));

type Value = string | number | null | readonly Value[];

function write(value: Value): string {
  if (value === null) return '$-1\r\n';
  if (typeof value === 'number') return `:${value}\r\n`;
  if (typeof value === 'string') return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  return `*${value.length}\r\n${value.map(write).join('')}`;
}

const scalar = fc.oneof(fc.string(), fc.constant('\r\n$-1\r\n'), fc.integer(), fc.constant(null));
const value: fc.Arbitrary<Value> = fc.oneof(scalar, fc.array(fc.oneof(scalar, fc.array(scalar))));

describe('the framing of replies', () => {
  it('RDS-10 counts each reply once, in whatever pieces they come', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (values, size) => {
        const bytes = Buffer.from(values.map(write).join(''));
        const read = createFraming();
        let counted = 0;
        let rest = Buffer.alloc(0);
        for (let at = 0; at < bytes.length; at += size) {
          rest = Buffer.concat([rest, bytes.subarray(at, at + size)]);
          const found = read(rest);
          expect(found).toBeDefined();
          counted += found?.replies ?? 0;
          rest = rest.subarray(found?.read);
        }
        expect(counted).toBe(values.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a type of another protocol', '>2\r\n$1\r\na\r\n$1\r\nb\r\n'],
    ['a map', '%1\r\n+a\r\n+b\r\n'],
    ['words', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a negative length', '$-2\r\n'],
    ['a length that is none', '$1e3\r\n'],
    ['a number that is none', ':1.5\r\n'],
    ['a string longer than it says', '$3\r\nabcd\r\n'],
    ['a string without its end', '$3\r\nabcX\n'],
    ['a line that ends twice', '+a\rb\r\n'],
    ['a line that never ends', `+${'a'.repeat(70_000)}`],
    ['too many members', '*99999999\r\n'],
    ['10,000 arrays in each other', '*1\r\n'.repeat(10_000)],
  ])('RDS-12 refuses %s', (_, text) => {
    expect(framed(text)).toBeUndefined();
  });

  it('knows what can be published', () => {
    expect(framed(write(['message', 'channel', ['key']]))).toMatchObject({
      replies: 1,
      publishable: true,
    });
    for (const other of [null, [], [null, 'channel'], ['message', null], [['message'], 'channel'], 'message'])
      expect(framed(write(other))?.publishable).toBe(false);
  });
});

describe('what is told of the store', () => {
  it('RDS-02 is every change, each new reason, and the same one again after 30 s', () => {
    let now = 0;
    const told: string[] = [];
    const tell = createTeller(
      (state, reason) => told.push(`${state} ${reason}`),
      () => now,
    );
    tell('down', 'WRONGPASS');
    now = 29_999;
    tell('down', 'WRONGPASS');
    tell('down', 'LOADING');
    now = 30_000;
    tell('down', 'WRONGPASS');
    tell('up', 'it answers');
    tell('up', 'it answers');
    tell('down', 'WRONGPASS');
    expect(told).toEqual([
      'down WRONGPASS',
      'down LOADING',
      'down WRONGPASS',
      'up it answers',
      'down WRONGPASS',
    ]);
  });

  it('is bounded, whatever a server thinks of', () => {
    const told: string[] = [];
    const tell = createTeller(
      (_, reason) => told.push(reason),
      () => 0,
    );
    for (let index = 0; index < 1_000; index += 1) tell('down', `ERR ${index}`);
    expect(told.length).toBeLessThan(10);
  });
});
