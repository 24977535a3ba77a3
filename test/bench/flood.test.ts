import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openConnection } from '../../bench/load/connection.ts';
import { recoveryOf, runFlood } from '../../bench/load/flood.ts';
import { openPool } from '../../bench/load/pool.ts';
import { portOf } from '../support/server.ts';

const OPENING = 'GET /open HTTP/1.1\r\nHost: a\r\n\r\n';
const requests = Array.from({ length: 100 }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`);

/** Answers what `statusOf` says; undefined closes the connection. */
async function startPool(count: number, statusOf: (place: number) => number | undefined) {
  const server = createServer((request, response) => {
    const { url = '' } = request;
    const status = url === '/open' ? 200 : statusOf(Number(url.slice(1)));
    if (status === undefined) request.socket.destroy();
    else response.writeHead(status, { 'Content-Length': 0 }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return openPool((failed) => openConnection(portOf(server), failed), count, OPENING);
}

const flood = { perSecond: 1_000, seconds: 0.06, calm: { perSecond: 500, seconds: 0.08 } };

describe('a flood', () => {
  it('asks as often as its rates say, and counts apart what was due while it lasted', async () => {
    const pool = await startPool(100, (place) => (place < 60 && place % 2 === 1 ? 503 : 200));
    expect(await runFlood(pool, requests, flood)).toMatchObject({
      ...{ statuses: { 200: 70, 503: 30 }, asked: 60, allowed: 30, unsent: 0, recovery: 0 },
    });
  });

  it('goes on where connections break, and what was asked on them has failed', async () => {
    const pool = await startPool(100, (place) => (place === 10 || place === 70 ? undefined : 200));
    const tally = await runFlood(pool, requests, flood);
    expect(tally).toMatchObject({ statuses: { 200: 98, broken: 2 }, asked: 60, allowed: 59 });
    // The eleventh of those that come every 2 ms, once it is over.
    expect(tally.recovery).toBeCloseTo(20);
  });

  it('gives up what finds no connection free, and has not got over it while that is so', async () => {
    const tally = await runFlood({ ask: () => false }, requests, flood);
    expect(tally).toMatchObject({ statuses: {}, asked: 0, allowed: 0, unsent: 60 });
    expect(tally.recovery).toBeCloseTo(78);
  });
});

describe('the end of an overload', () => {
  it('is the first second without a failure, which one after it does not undo', () => {
    expect(recoveryOf([], 5_000)).toBe(0);
    expect(recoveryOf([6_800, 5_100, 5_900], 5_000)).toBe(1_800);
    expect(recoveryOf([5_100, 6_100], 5_000)).toBe(100);
    expect(recoveryOf([6_000], 5_000)).toBe(0);
  });
});
