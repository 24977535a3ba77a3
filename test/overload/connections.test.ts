import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { closed } from '../support/closed.ts';
import { cookieOf, createSession, send } from '../support/http.ts';
import { type Process, spawnLimited, startProcess } from '../support/postern.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-connections-'));
afterAll(() => rm(folder, { recursive: true }));

type Held = { readonly socket: Socket; readonly answer: string };

const HEAD = 'GET /auth-request/default HTTP/1.1\r\nHost: a\r\n\r\n';

/** A connection that asked once and stays; its answer is empty where it was closed instead. */
async function hold(port: number): Promise<Held> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(HEAD);
  const answer = await Promise.race([
    new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk)))),
    closed(socket).then(() => ''),
  ]);
  return { socket, answer };
}

const holdMany = (port: number, count: number) =>
  Promise.all(Array.from({ length: count }, () => hold(port)));

/** A few hundred at a time, so that what is measured is what they cost once they are there. */
async function holdInTurn(port: number, count: number): Promise<readonly Held[]> {
  const held: Held[] = [];
  while (held.length < count) held.push(...(await holdMany(port, 250)));
  return held;
}

async function start(spawn?: ReturnType<typeof spawnLimited>): Promise<Process> {
  const postern = await startProcess({ POSTERN_STORE_URL: 'sqlite::memory:' }, folder, spawn);
  onTestFinished(postern.stop);
  return postern;
}

const OPEN_FILES = 200;
/** Three quarters of the files that are left. */
const MOST = Math.floor((OPEN_FILES - 64) * 0.75);

describe('DOS-04 more connections than there can be', () => {
  it('are closed as they come, and the process has files left for all else', async () => {
    const postern = await start(spawnLimited(OPEN_FILES));
    const { decision, public: issuer, admin } = postern.ports;
    const ada = await createSession(admin, { subject: 'ada' });
    const held = await holdMany(decision, 2 * OPEN_FILES);
    const [served, dropped] = [true, false].map((isServed) =>
      held.filter(({ answer }) => answer.startsWith('HTTP/1.1 401 ') === isServed),
    );
    expect([served?.length, dropped?.length]).toEqual([MOST, 2 * OPEN_FILES - MOST]);
    const open = await readdir(`/proc/${postern.pid}/fd`);
    expect(open.length).toBeLessThan(OPEN_FILES - 20);
    expect((await send(issuer, { path: '/oauth/v4/default/publickeys' })).status).toBe(200);
    expect((await send(admin, { path: '/livez' })).status).toBe(200);
    const { body } = await send(admin, { path: '/metrics' });
    expect(body).toContain(
      `postern_shed_requests_total{listener="decision",reason="connections"} ${2 * OPEN_FILES - MOST}\n`,
    );
    await Promise.all(held.map(({ socket }) => closed(socket.destroy())));
    const ask = () =>
      send(decision, { path: '/auth-request/default', headers: cookieOf(ada) }).catch(() => undefined);
    // It may not have heard yet that they are gone.
    let reply = await ask();
    while (reply === undefined) reply = await ask();
    expect(reply.status).toBe(200);
    expect(postern.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    expect(postern.exitCode()).toBeNull();
  });
});

async function residentKilobytes({ pid }: Process): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

const IDLE = 6_000;
/** 150 MB for 10,000 of them; and what the runtime takes for its own purposes meanwhile. */
const KILOBYTES_EACH = 15;
const KILOBYTES_OF_RUNTIME = 15_000;

describe('DOS-03 thousands of idle connections', () => {
  it('are kept, cost little memory each, and hinder nobody', async () => {
    const postern = await start();
    const { decision } = postern.ports;
    const warm = await holdInTurn(decision, 2_000);
    const before = await residentKilobytes(postern);
    const idle = await holdInTurn(decision, IDLE);
    const growth = (await residentKilobytes(postern)) - before;
    expect(growth).toBeLessThan(IDLE * KILOBYTES_EACH + KILOBYTES_OF_RUNTIME);
    expect((await send(decision, { path: '/auth-request/default' })).status).toBe(401);
    for (const { socket, answer } of [...warm, ...idle]) {
      expect([answer.slice(0, 12), socket.destroyed]).toEqual(['HTTP/1.1 401', false]);
      socket.destroy();
    }
  });
});
