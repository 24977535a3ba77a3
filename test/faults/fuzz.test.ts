import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { guardReplies } from '../../src/store/redis/replies.ts';
import * as faults from '../support/faults.ts';
import { startFaultyStore } from '../support/faulty-store.ts';
import { bulk, NIL } from '../support/resp.ts';
import { portOf } from '../support/server.ts';

/** What a server could say, word by word, whole or not. */
const piece = fc.oneof(
  fc.constantFrom(
    '$-1\r\n',
    '*-1\r\n',
    '+OK\r\n',
    '-ERR\r\n',
    ':1\r\n',
    '*0\r\n',
    '_\r\n',
    '#t\r\n',
    ',1.5\r\n',
  ),
  fc.constantFrom(
    '>2\r\n',
    '>0\r\n',
    '*1\r\n',
    '*3\r\n',
    '%1\r\n',
    '~1\r\n',
    '$3\r\n',
    '=8\r\ntxt:abcd\r\n',
    '!3\r\nERR\r\n',
  ),
  fc.constantFrom(
    '$9\r\nsubscribe\r\n',
    '$7\r\nmessage\r\n',
    '$11\r\nunsubscribe\r\n',
    '\r\n',
    '\r',
    '\n',
    '-',
    '$',
  ),
  fc.string({ maxLength: 6 }),
);
/** `TEST_REPLIES=200000` for all that were promised. */
const RUNS = Number(process.env.TEST_REPLIES ?? 1_500);

const garbage = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));

it('PBT-08 nothing that a server says ends the process', async () => {
  let say = '';
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(say));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  await fc.assert(
    fc.asyncProperty(garbage, async (text) => {
      say = text;
      const redis = new Redis(portOf(server), '127.0.0.1', {
        protocol: 2,
        disableClientInfo: true,
        retryStrategy: () => null,
      });
      redis.on('error', () => undefined);
      guardReplies(redis);
      await new Promise((resolve) => redis.once('end', resolve));
    }),
    { numRuns: RUNS },
  );
});

it('PBT-08 whatever stands in the place of a row, nobody gets in as another', async () => {
  const site = await startFaultyStore();
  onTestFinished(site.close);
  const [ada, eve] = [await site.login('ada'), await site.login('eve')];
  const rowOf = async ({ id }: { id: string }) =>
    (await site.redis.client.get(`postern:{default.${id.slice(0, 2)}}:session:${id}`)) ?? '';
  const [own, other] = [await rowOf(ada), await rowOf(eve)];
  const edited = fc
    .tuple(fc.nat(own.length), fc.nat(20), fc.string({ maxLength: 4 }))
    .map(([at, length, text]) => own.slice(0, at) + text + own.slice(at + length));
  const wrong = fc.oneof(
    fc.oneof(fc.constant(other), fc.string(), fc.json()).map(bulk),
    fc
      .constantFrom(':1\r\n', '+OK\r\n', '-ERR no\r\n', '*0\r\n', '*2\r\n$1\r\na\r\n:1\r\n')
      .map((text) => Buffer.from(text)),
  );
  // That there is none is said by a nil alone; a row that was edited may be over, or readable still.
  const reply = fc.oneof(
    wrong.map((lie) => [lie, [503]] as const),
    fc.constant([NIL, [401, 503]] as const),
    edited.map((text) => [bulk(text), [200, 401, 503]] as const),
  );
  const nils = new Set<number>();
  await fc.assert(
    fc.asyncProperty(reply, async ([lie, statuses]) => {
      // Else it may be 503 for the lie before, and this one not be read.
      site.proxy.clear();
      await site.untilAllowed(ada);
      site.proxy.set(faults.rewrite((truth, command) => (command?.[1]?.includes(':session:') ? lie : truth)));
      const { status, headers } = await site.ask(ada);
      expect(statuses).toContain(status);
      if (lie === NIL) nils.add(status);
      if (status === 200) expect(headers['x-auth-session-id']).toBe(ada.id);
      else expect(headers).not.toHaveProperty('x-auth-subject');
    }),
    { numRuns: RUNS },
  );
  expect(nils).toContain(401);
});
