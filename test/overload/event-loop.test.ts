import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { watchLoop } from '../../src/lib/event-loop.ts';
import { manage, send } from '../support/http.ts';
import { until } from '../support/key-host.ts';
import {
  type InProcess,
  type LogLine,
  type Ports,
  startInProcess,
  startProcess,
} from '../support/postern.ts';

const ASKED: Readonly<Record<keyof Ports, string>> = {
  decision: '/auth-request/default',
  public: '/oauth/v4/default/publickeys',
  admin: '/readyz',
};
async function open(port: number) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
const ask = (postern: InProcess, name: keyof Ports) => send(postern.ports[name], { path: ASKED[name] });

describe('DOS-08 while the event loop is late', () => {
  let postern: InProcess;
  beforeAll(async () => {
    postern = await startInProcess();
  });
  afterAll(() => postern.close());
  const statuses = async () =>
    Promise.all(
      (['decision', 'public', 'admin'] as const).map(async (name) => (await ask(postern, name)).status),
    );

  it('requests are turned away, it is not ready and says why; and it recovers by itself', async () => {
    expect(await statuses()).toEqual([401, 200, 200]);
    postern.loopIsLate(450);
    expect(await statuses()).toEqual([503, 503, 503]);
    expect((await ask(postern, 'decision')).headers).toMatchObject({
      'retry-after': '1',
      'content-length': '0',
    });
    const unready = JSON.parse((await ask(postern, 'admin')).body);
    expect(unready).toMatchObject({ ready: false, store: 'up', overloaded: 'event_loop' });
    postern.loopIsLate(0);
    expect(await statuses()).toEqual([401, 200, 503]);
    for (let look = 1; look < 20; look += 1) postern.loopIsLate(0);
    expect(await statuses()).toEqual([401, 200, 200]);
    expect(JSON.parse((await ask(postern, 'admin')).body)).not.toHaveProperty('overloaded');
  });

  it('whatever can wait gives way before decisions do', async () => {
    postern.loopIsLate(250);
    expect(await statuses()).toEqual([401, 503, 200]);
    postern.loopIsLate(0);
    expect(await statuses()).toEqual([401, 200, 200]);
  });

  it('probes and metrics are answered, and calls of the management API are not', async () => {
    postern.loopIsLate(450);
    for (const path of ['/livez', '/metrics', '/openapi.json']) {
      expect((await send(postern.ports.admin, { path })).status).toBe(200);
    }
    const refused = await manage(postern.ports.admin, 'POST', '/default/sessions', { subject: 'ada' });
    expect([refused.status, refused.headers['retry-after'], refused.headers.connection]).toEqual([
      503,
      '1',
      'close',
    ]);
    const spelled = await send(postern.ports.admin, { path: '/%6Danagement/v4/default/sessions' });
    expect(spelled.status).toBe(503);
    postern.loopIsLate(0);
    expect((await manage(postern.ports.admin, 'POST', '/default/sessions', { subject: 'ada' })).status).toBe(
      201,
    );
  });

  it('each request that is turned away is counted', async () => {
    const counted = async () =>
      /^postern_shed_requests_total\{listener="decision",reason="event_loop"\} (\d+)$/m.exec(
        await postern.metrics(),
      )?.[1];
    const before = Number((await counted()) ?? 0);
    postern.loopIsLate(450);
    await Promise.all([ask(postern, 'decision'), ask(postern, 'decision')]);
    postern.loopIsLate(0);
    await ask(postern, 'decision');
    expect(Number(await counted())).toBe(before + 2);
  });
});

const STANDSTILL_MILLISECONDS = 500;

describe('DOS-08 an event loop that stood still for half a second', () => {
  it('turns away what waited through it, and then answers as before', async () => {
    const postern = await startInProcess({}, watchLoop);
    onTestFinished(postern.close);
    const inTime = async () => (await ask(postern, 'decision')).status === 401;
    await until(inTime);
    const socket = await open(postern.ports.decision);
    // Written to the system at once: it is there to be read when the loop goes on.
    socket.write('GET /auth-request/default HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDSTILL_MILLISECONDS);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 503 /);
    expect(JSON.parse((await ask(postern, 'admin')).body)).toMatchObject({ overloaded: 'event_loop' });
    await until(inTime);
    await until(async () => (await ask(postern, 'admin')).status === 200);
  });

  it('is one line of the log when it begins, and one when it is over', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-late-'));
    const postern = await startProcess({ POSTERN_STORE_URL: 'sqlite::memory:' }, folder);
    onTestFinished(async () => {
      await postern.stop();
      await rm(folder, { recursive: true });
    });
    await postern.signal('SIGSTOP');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STANDSTILL_MILLISECONDS);
    await postern.signal('SIGCONT');
    const isOf = (line: LogLine) => line.msg === 'load' && line.listener === 'decision';
    await postern.logged((line) => isOf(line) && line.overloaded === false);
    const [begin, end] = postern.log.filter(isOf);
    expect([begin, end]).toMatchObject([
      { level: 40, overloaded: true, reason: 'event_loop' },
      { level: 30, overloaded: false },
    ]);
  });
});
