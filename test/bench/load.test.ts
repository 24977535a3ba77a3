import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answersOf, answersOfWrk, judge } from '../../bench/load/answers.ts';
import { runClosed } from '../../bench/load/closed-loop.ts';
import { type Connection, openConnection, readReply } from '../../bench/load/connection.ts';
import { runOpen } from '../../bench/load/open-loop.ts';
import { readWrkOutput } from '../../bench/load/wrk-output.ts';
import { countCommands } from '../../bench/redis.ts';
import { portOf } from '../support/server.ts';

const GOOD = `Running 1s test @ http://127.0.0.1:18999/
  1 threads and 2 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   710.54us    1.81ms  15.57ms   91.30%
    Req/Sec    20.23k     7.84k   29.10k    70.00%
  20090 requests in 1.00s, 2.34MB read
Requests/sec:  20054.58
Transfer/sec:      2.33MB
`;
const REFUSED = GOOD.replace('Requests/sec', '  Non-2xx or 3xx responses: 15973\nRequests/sec');
const BROKEN = GOOD.replace(
  'Requests/sec',
  '  Socket errors: connect 1, read 4706, write 0, timeout 20\nRequests/sec',
);

describe('what wrk prints', () => {
  it('is read, with what it says of statuses and of connections', () => {
    const read = { requests: 20_090, perSecond: 20_054.58, notSuccessful: 0, socketErrors: 0 };
    expect(readWrkOutput(GOOD)).toEqual(read);
    expect(readWrkOutput(REFUSED)).toEqual({ ...read, notSuccessful: 15_973 });
    expect(readWrkOutput(BROKEN)).toEqual({ ...read, socketErrors: 4_727 });
  });

  it('is no figure where it is something else', () => {
    expect(() => readWrkOutput('unable to connect to 127.0.0.1:1 Connection refused')).toThrow(
      'did not end well',
    );
  });
});

describe('an answer on a bare socket', () => {
  const head = 'HTTP/1.1 401 Unauthorized\r\nCache-Control: no-store\r\ncontent-length: 5\r\n\r\n';

  it('is whole when its body is, and what follows is not of it', () => {
    expect(readReply(head.slice(0, -2))).toBeUndefined();
    expect(readReply(`${head}1234`)).toBeUndefined();
    expect(readReply(`${head}12345HTTP`)).toEqual({
      status: 401,
      head: head.trimEnd(),
      body: '12345',
      length: head.length + 5,
    });
  });

  it('has a length, or is 204', () => {
    const text = 'HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n';
    expect(readReply(text)).toMatchObject({ status: 204, body: '', length: text.length });
    expect(() => readReply(text.replace('204', '200'))).toThrow('has no length');
  });
});

/** Says 200 to what was asked with an even number, and 401 to the others. */
async function startServer() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { url = '' } = request;
    asked.push(url);
    response.writeHead(Number(url.slice(1)) % 2 === 0 ? 200 : 401, { 'Content-Length': 0 }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connections = Array.from({ length: 4 }, () =>
    openConnection(portOf(server), (error) => {
      throw error;
    }),
  );
  onTestFinished(() => {
    for (const { close } of connections) close();
    server.close();
  });
  return { asked, connections };
}

const requests = Array.from({ length: 21 }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`);
const statuses = { 200: 11, 401: 10 };

describe('a closed loop', () => {
  it('asks each once, on all of its connections, and counts every status', async () => {
    const { asked, connections } = await startServer();
    expect(await runClosed(connections, requests, undefined)).toMatchObject({ requests: 21, statuses });
    expect(new Set(asked).size).toBe(21);
  });
});

describe('an open loop', () => {
  it('asks as often as its rate says, and counts every status', async () => {
    const { asked, connections } = await startServer();
    const tally = await runOpen(connections, requests, { perSecond: 2_100, seconds: 0.01 });
    expect(tally).toMatchObject({ requests: 21, statuses });
    expect(asked).toHaveLength(21);
  });

  it('counts from when a request was due, so that those which waited behind a slow one are late as well', async () => {
    let isFirst = true;
    const slowAtFirst: Connection = {
      ask: (_, answered) => {
        const end = performance.now() + (isFirst ? 60 : 0);
        isFirst = false;
        while (performance.now() < end);
        answered({ status: 200, head: '', body: '' });
      },
      close: () => undefined,
    };
    const { latency } = await runOpen([slowAtFirst], requests, { perSecond: 1_000, seconds: 0.05 });
    // The last one was due 49 ms after the first, which took 60.
    expect(latency?.p50).toBeGreaterThan(10);
  });
});

describe('what is answered', () => {
  const tally = (statuses: Record<string, number>) => ({ requests: 1_000, seconds: 1, statuses });
  const judged = (statuses: Record<string, number>, status = 200) =>
    judge(answersOf(tally(statuses), status), status);

  it('counts with a few 503 among it, and says so, and with nothing else', () => {
    expect(judged({ 200: 1_000 })).toBeUndefined();
    expect(judged({ 200: 990, 503: 10 })).toBe('10 of 1000 answers were 503');
    expect(() => judged({ 200: 989, 503: 11 })).toThrow('11 of 1000 answers were 503');
    expect(() => judged({ 200: 999, 401: 1 })).toThrow('1 of 1000 answers were not 200');
    expect(() => judged({ 401: 999, 200: 1 }, 401)).toThrow('1 of 1000 answers were not 401');
  });

  it('counts with wrk where all are denied that should be', () => {
    const said = { requests: 1_000, perSecond: 1, socketErrors: 0 };
    const judgedOf = (notSuccessful: number, status: number) =>
      judge(answersOfWrk({ ...said, notSuccessful }, status), status);
    expect([judgedOf(0, 200), judgedOf(1_000, 401)]).toEqual([undefined, undefined]);
    expect(judgedOf(10, 200)).toBe('10 of 1000 answers were 503');
    expect(() => judgedOf(11, 200)).toThrow();
    expect(() => judgedOf(999, 401)).toThrow('1 of 1000 answers were not 401');
  });
});

describe('the commands that Redis counts', () => {
  it('are those of decisions, subcommands too, and not of whoever looks; and GET are those that read', () => {
    const stats = [
      '# Commandstats',
      'cmdstat_get:calls=30,usec=50,usec_per_call=1.67,rejected_calls=0,failed_calls=0',
      'cmdstat_getdel:calls=1,usec=2',
      'cmdstat_pttl:calls=30,usec=20',
      'cmdstat_client|tracking:calls=4,usec=1',
      'cmdstat_info:calls=7,usec=9',
      'cmdstat_script|load:calls=2,usec=1',
    ].join('\r\n');
    expect(countCommands(stats)).toEqual({ all: 63, reads: 30 });
  });
});
