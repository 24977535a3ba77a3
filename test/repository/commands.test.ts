import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { runPostern } from '../support/command.ts';
import { cookieOf, createSession, send } from '../support/http.ts';
import { ENTRY, spawnPostern, startProcess } from '../support/postern.ts';
import { startRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-commands-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ANY_PORTS = {
  POSTERN_LISTEN_DECISION: '127.0.0.1:0',
  POSTERN_LISTEN_PUBLIC: '127.0.0.1:0',
  POSTERN_LISTEN_ADMIN: '127.0.0.1:0',
};

const run = (args: readonly string[], environment: Record<string, string> = {}) =>
  runPostern(args, environment, folder);

/** What a start prints for people, up to its last line. */
async function bannerOf(child: ChildProcess): Promise<string> {
  let banner = '';
  for await (const chunk of child.stderr ?? []) {
    banner += chunk;
    if (banner.endsWith('(docs/commands.md).\n\n')) break;
  }
  return banner;
}

describe('npm start', () => {
  it('prints the listeners, where the admin token is, and four lines that do what they say', async () => {
    const child = spawnPostern(ANY_PORTS, folder);
    const banner = await bannerOf(child);
    expect(banner).toMatch(/decision {2}http:\/\/127\.0\.0\.1:\d+\n.*public .*\n.*admin /);
    expect(banner).toContain('admin token: ./data/admin-token');
    const token = (await readFile(join(folder, 'data/admin-token'), 'utf8')).trim();
    expect(banner).not.toContain(token);
    expect((await stat(join(folder, 'data/admin-token'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data/postern.db'))).mode & 0o777).toBe(0o600);

    const lines = banner.split('\n').filter((line) => /^ {2}(TOKEN=|curl )/.test(line));
    expect(lines).toHaveLength(4);
    expect(banner.split('\n').length).toBeLessThan(20);
    const curl = inject('programs').curl?.path ?? 'curl';
    const env = { PATH: `${dirname(curl)}:${process.env.PATH}` };
    const { stdout } = await promisify(execFile)('bash', ['-c', lines.join('\n')], { cwd: folder, env });
    expect([...stdout.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)).toEqual([
      '200',
      '204',
      '401',
    ]);
    expect(stdout).toContain('X-Auth-Subject: ada');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('keeps the admin token and the sessions of the start before', async () => {
    const before = await readFile(join(folder, 'data/admin-token'), 'utf8');
    const first = await startProcess({}, folder);
    const session = await createSession(first.ports.admin, { subject: 'ada' });
    await first.stop();
    const second = await startProcess({}, folder);
    const reply = await send(second.ports.decision, {
      path: '/auth-request/default',
      headers: cookieOf(session),
    });
    expect(reply.status).toBe(200);
    await second.stop();
    expect(await readFile(join(folder, 'data/admin-token'), 'utf8')).toBe(before);
  });

  it('runs on Redis where storeUrl says so', async () => {
    const redis = await startRedis();
    const postern = await startProcess({ POSTERN_STORE_URL: redis.url }, folder);
    await untilReady(postern.ports.admin);
    const session = await createSession(postern.ports.admin, { subject: 'ada' });
    expect(await redis.client.keys('*session*')).toHaveLength(3);
    const reply = await send(postern.ports.decision, {
      path: '/auth-request/default',
      headers: cookieOf(session),
    });
    expect(reply.status).toBe(200);
    await postern.stop();
    await redis.close();
  });

  it('says what is in the way when it cannot start, and leaves nothing listening', async () => {
    const first = await startProcess({}, folder);
    const taken = await run([], { ...ANY_PORTS, POSTERN_LISTEN_ADMIN: `127.0.0.1:${first.ports.admin}` });
    expect([taken.code, taken.err]).toEqual([1, expect.stringContaining('EADDRINUSE')]);
    await first.stop();
    const path = join(folder, 'data/admin-token/postern.db');
    const unusable = await run([], { ...ANY_PORTS, POSTERN_STORE_URL: `sqlite:${path}` });
    expect([unusable.code, unusable.err]).toEqual([1, expect.stringContaining(`${path} can't be used`)]);
  });

  it('answers what is under way before it ends, and a second signal ends it at once', async () => {
    const postern = await startProcess({}, folder);
    expect((await send(postern.ports.decision, { path: '/auth-request/default' })).status).toBe(401);
    await postern.signal('SIGTERM');
    await postern.logged(({ msg }) => msg === 'stopping');
    await postern.signal('SIGTERM');
    await vi.waitUntil(() => postern.exitCode() !== null, 20_000);
    expect(postern.exitCode()).toBe(0);
  });
});

describe('the log', () => {
  it('LOG-01 has one JSON line a decision, with the id of the proxy, and never a token or a cookie', async () => {
    const postern = await startProcess({ POSTERN_LOG_LEVEL: 'debug' }, folder);
    const { token } = await createSession(postern.ports.admin, { subject: 'line\nbreak' });
    const ask = (headers: readonly string[]) =>
      send(postern.ports.decision, { path: '/auth-request/default', headers });
    await ask([...cookieOf({ token }), 'X-Request-Id', 'from-the-proxy.1']);
    await ask(['Authorization', `Bearer ${token}x`, 'X-Request-Id', 'not sane']);
    await ask(['Cookie', `session=${token}; session=${token}`, 'X-Request-Id', 'a', 'X-Request-Id', 'b']);
    await ask([...cookieOf({ token }), 'X-Request-Id', 'last']);
    await postern.logged(({ requestId }) => requestId === 'last');
    const decisions = postern.log.filter(({ msg }) => msg === 'decision');
    expect(decisions).toMatchObject([
      {
        requestId: 'from-the-proxy.1',
        policy: 'default',
        dialect: 'auth-request',
        outcome: 'allow',
        reason: 'session',
        subject: 'line\nbreak',
        ms: expect.any(Number),
      },
      { requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), outcome: 'challenge', reason: 'foreign' },
      {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        outcome: 'malformed-credential',
        reason: 'several_session_cookies',
      },
      { requestId: 'last', outcome: 'allow' },
    ]);
    expect(JSON.stringify(postern.log)).not.toContain(token.slice(2));
    await postern.stop();
  });
});

describe('postern check', () => {
  it('exits 0 where all is well', async () => {
    expect(await run(['check'])).toEqual({ code: 0, out: 'ok: defaults\n', err: '' });
  });

  it('exits 78 and says every problem on a line', async () => {
    const path = join(folder, 'bad.yaml');
    await writeFile(path, 'listen: { admin: nowhere }\nzzz: 1\n');
    const checked = await run(['check', '--config', path]);
    expect(checked.code).toBe(78);
    expect(checked.err.trimEnd().split('\n')).toHaveLength(2);
    expect((await run(['--config', path], ANY_PORTS)).code).toBe(78);
  });

  it.each([['nonsense'], ['check', 'more'], ['--unknown']])(
    'shows how it is used for %j',
    async (...args) => {
      expect(await run(args)).toMatchObject({ code: 64, err: expect.stringContaining('Usage: postern') });
    },
  );

  it('is told apart from asking how it is used', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Usage: postern'),
      err: '',
    });
  });
});

describe('a log that nobody takes', () => {
  it.each([
    ['since the disk is full', () => openSync('/dev/full', 'w'), [0, null]],
    ['since its reader stands still', () => 'pipe' as const, [null, 'SIGKILL']],
  ])('%s, stops no decision and no end', async (_, takeOutput, end) => {
    const env = { PATH: process.env.PATH, ...ANY_PORTS, POSTERN_ADMIN_TOKEN: 'x'.repeat(40) };
    const child = spawn(process.execPath, [ENTRY], {
      cwd: folder,
      env,
      stdio: ['ignore', takeOutput(), 'pipe'],
    });
    const port = Number(/decision {2}http:\/\/127\.0\.0\.1:(\d+)/.exec(await bannerOf(child))?.[1]);
    // Some 200 bytes a line: more than a pipe holds.
    for (let round = 0; round < 1_000; round += 1) {
      expect((await send(port, { path: '/auth-request/default' })).status).toBe(401);
    }
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual(end);
  });
});
