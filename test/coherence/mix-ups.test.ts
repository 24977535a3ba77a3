import { expect, it, onTestFinished } from 'vitest';
import { mintToken } from '../../src/decision/token.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { latency, randomFrom } from '../support/faults.ts';
import { CLOSE, createSession, lines, sendRaw } from '../support/http.ts';
import { startInProcess } from '../support/postern.ts';
import { startRedis } from '../support/redis.ts';
import { readsOf, untilCoherent } from './pair.ts';

/** `TEST_REQUESTS=100000` for all that were promised. */
const REQUESTS = Number(process.env.TEST_REQUESTS ?? 12_000);
const IDENTITIES = 1_000;
const CONNECTIONS = 16;
const PIPELINED = 25;

type Asker = { readonly token: string; readonly answer: string };

/** Each answer, with who it is about. */
const answersIn = (text: string): readonly string[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n/gm)].map(([head, status]) => {
    const subject = /^x-auth-subject: (.*)\r$/im.exec(head)?.[1] ?? '';
    return `${status} ${subject}`;
  });

it('PBT-09 of a thousand who ask at once, over connections kept and pipelined, nobody is taken for another', async () => {
  const redis = await startRedis();
  onTestFinished(redis.close);
  const proxy = await startFaultProxy(Number(new URL(redis.url).port));
  onTestFinished(proxy.close);
  // Room for a third of them: so rows come and go while they are asked for.
  const cache = { maxEntries: 333 };
  const postern = await startInProcess({ storeUrl: proxy.url, cache });
  onTestFinished(postern.close);
  await untilCoherent(postern);
  const askers: Asker[] = [];
  for (let from = 0; from < IDENTITIES; from += 1) {
    const subject = `person-${from}`;
    const { token } = await createSession(postern.ports.admin, { subject });
    askers.push({ token, answer: `200 ${subject}` });
  }
  const random = randomFrom(9);
  const choose = (): Asker =>
    random() < 0.1
      ? { token: mintToken('nobody').token.reveal(), answer: '401 ' }
      : (askers[Math.floor(random() ** 2 * IDENTITIES)] ?? { token: '', answer: '401 ' });
  proxy.set(latency(1, { jitter: 8 }));
  let asked = 0;
  let right = 0;
  const wrong: unknown[] = [];
  const askSome = async () => {
    while (asked < REQUESTS) {
      asked += PIPELINED;
      const some = Array.from({ length: PIPELINED }, choose);
      const text = await sendRaw(postern.ports.decision, some.map(requestOf).join(''));
      const answers = answersIn(text);
      expect(answers).toHaveLength(PIPELINED);
      for (const [index, { answer }] of some.entries()) {
        if (answers[index] === answer) right += 1;
        // Where the machine is busy a reply may come too late: that is said, and nobody is taken for another.
        else if (answers[index] !== '503 ') wrong.push([answers[index], answer]);
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, askSome));
  expect(wrong).toEqual([]);
  expect(right).toBeGreaterThan(REQUESTS / 2);
  expect(await readsOf(postern, 'hit')).toBeGreaterThan(REQUESTS / 4);
  expect(await readsOf(postern, 'miss')).toBeGreaterThan(REQUESTS / 10);
});

function requestOf({ token }: Asker, index: number): string {
  const end = index === PIPELINED - 1 ? [CLOSE] : [];
  return lines(
    'GET /auth-request/default HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${token}`,
    ...end,
    '',
  );
}
