import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { openCached, put } from '../coherence/cached.ts';
import { type Proxied, startFaultProxy } from '../support/fault-proxy.ts';
import { startRedis } from '../support/redis.ts';

/** `TEST_REPLIES=200000` for all that were promised; each makes two connections. */
const RUNS = Math.ceil(Number(process.env.TEST_REPLIES ?? 1_500) / 10);

/** What is told of a change, whole or not, and what is not. */
const piece = fc.oneof(
  fc.constantFrom(
    '*3\r\n',
    '*2\r\n',
    '*1\r\n',
    '*-1\r\n',
    '*0\r\n',
    '>3\r\n',
    '$-1\r\n',
    ':1\r\n',
    '+OK\r\n',
    '-ERR\r\n',
  ),
  fc.constantFrom(
    '$7\r\nmessage\r\n',
    '$20\r\n__redis__:invalidate\r\n',
    '$9\r\nsubscribe\r\n',
    '$1\r\nx\r\n',
    '$5\r\n',
    '\r\n',
  ),
  fc.string({ maxLength: 6 }),
);
const garbage = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));

const listens = ({ sent }: Proxied) => sent.some(([name]) => name === 'SUBSCRIBE');

it.each([
  ['is told of changes', listens],
  ['reads', (connection: Proxied) => !listens(connection)],
])(
  'PBT-08 nothing that is said to the connection that %s ends the process, and nothing is held after it',
  async (_, chooses) => {
    const redis = await startRedis();
    onTestFinished(redis.close);
    const proxy = await startFaultProxy(redis.port);
    onTestFinished(proxy.close);
    await fc.assert(
      fc.asyncProperty(garbage, async (text) => {
        proxy.clear();
        const cached = await openCached(proxy.url);
        await cached.untilHeld(await put(cached.store));
        proxy.set({ strike: (client) => void client.end(text) }, chooses);
        await cached.next('bypassed');
        expect(cached.figures()).toMatchObject({ entries: 0, isCoherent: false });
        await cached.store.close();
      }),
      { numRuns: RUNS },
    );
  },
);
