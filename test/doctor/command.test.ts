import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runPostern } from '../support/command.ts';
import { startListening } from '../support/doctor.ts';
import { createSession, send } from '../support/http.ts';
import { type InProcess, spawnPostern, startInProcess } from '../support/postern.ts';
import { freePort } from '../support/server.ts';
import { type Fault, startSloppyProxy } from '../support/sloppy-proxy.ts';

/** `postern echo` as a user runs it. */
async function runEcho(cwd: string) {
  const child = spawnPostern({}, cwd, ['echo', '--listen', '127.0.0.1:0']);
  let said = '';
  for await (const chunk of child.stderr ?? []) {
    said += chunk;
    if (said.endsWith('\n')) break;
  }
  return {
    port: Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]),
    end: async () => {
      child.kill('SIGTERM');
      return (await once(child, 'exit'))[0];
    },
  };
}

let folder: string;
let postern: InProcess;
let echo: Awaited<ReturnType<typeof runEcho>>;
let token: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-doctor-'));
  postern = await startInProcess({ policies: { default: {}, open: { anonymous: true } } });
  echo = await runEcho(folder);
  ({ token } = await createSession(postern.ports.admin, { subject: 'ada' }));
  await writeFile(join(folder, 'token'), `${token}\n`);
});
afterAll(async () => {
  expect(await echo.end()).toBe(0);
  await postern.close();
  await rm(folder, { recursive: true });
});

const GIVEN = ['--protected', '/orders/1', '--public', '/public/', '--token-file', 'token'];

/** `postern doctor` before a proxy with these faults. */
async function run(
  args: readonly string[],
  faults: readonly Fault[] = [],
  decision = postern.ports.decision,
) {
  const proxy = await startSloppyProxy({ decision, app: echo.port }, ...faults);
  const url = `http://127.0.0.1:${proxy.port}`;
  return runPostern(['doctor', url, ...args], {}, folder).finally(proxy.close);
}

const marksOf = ({ out }: Ended) => new Set([...out.matchAll(/^(\S+) /gm)].map(([, mark]) => mark));

describe('postern doctor', () => {
  it('says ok a line where all is well, and what is left to be asked', async () => {
    const ended = await run(GIVEN);
    expect([ended.code, marksOf(ended)]).toEqual([0, new Set(['ok'])]);
    expect(ended.out).toContain('ok   who has no session is denied at the protected path\n');
    expect(ended.err).toContain('with --stopped');
    expect(ended.out + ended.err).not.toContain(token);
  });

  it('says below what is wrong what was sent, what arrived, and what mends it', async () => {
    const ended = await run([...GIVEN, '--proxy', 'traefik'], ['trustsForwarded']);
    expect([ended.code, marksOf(ended)]).toEqual([1, new Set(['ok', 'BAD'])]);
    const [, found = ''] = ended.out.split('\nBAD  a header that says another path');
    expect(found.split('\n').slice(1, 3)).toEqual([
      '       sent     GET /orders/1 with X-Forwarded-Uri: /public/',
      '       arrived  GET /orders/1 at the application',
    ]);
    expect(found).toContain('       mend (traefik): trustForwardHeader: false');
  });

  it('says the same as data', async () => {
    const ended = await run([...GIVEN, '--json'], ['checksFirstCredential']);
    expect(ended.code).toBe(1);
    const { proxy, checks } = JSON.parse(ended.out);
    expect(proxy).toBe('any');
    expect(checks.filter(({ outcome }: { outcome: string }) => outcome !== 'ok')).toEqual([
      {
        id: 'two-credentials',
        title: expect.stringContaining('two Authorization headers'),
        outcome: 'bad',
        findings: [
          {
            sent: {
              method: 'GET',
              target: '/orders/1',
              headers: [
                ['Authorization', '[redacted]'],
                ['Authorization', 'Bearer of-nobody'],
              ],
            },
            arrived: 'GET /orders/1 at the application',
          },
        ],
        mend: expect.stringContaining('Authorization'),
      },
    ]);
    expect(ended.out).not.toContain(token);
  });

  it('takes the token from standard input', async () => {
    const proxy = await startSloppyProxy({ decision: postern.ports.decision, app: echo.port });
    const url = `http://127.0.0.1:${proxy.port}`;
    const child = spawnPostern({}, folder, ['doctor', url, '--token-file', '-']);
    child.stdin?.end(token);
    const [out, [code]] = await Promise.all([
      child.stdout === null ? '' : text(child.stdout),
      once(child, 'exit'),
    ]);
    expect([code, out]).toEqual([0, expect.stringContaining('ok   the application gets to know who')]);
    await proxy.close();
  });

  it('says which checks it was not given enough for', async () => {
    const ended = await run([]);
    expect([ended.code, marksOf(ended)]).toEqual([0, new Set(['ok', '-'])]);
    expect(ended.out).toContain('(needs --public PATH or --token-file FILE)');
  });

  it('ends with no good word where it can not tell', async () => {
    const ended = await run([], [], await freePort());
    expect([ended.code, ended.out]).toEqual([69, expect.stringContaining('(the answer is 503')]);
  });

  it('PRX-02 says while Postern is stopped whether the proxy denies by itself', async () => {
    const away = await freePort();
    expect(await run([...GIVEN, '--stopped'], [], away)).toEqual({
      code: 0,
      out: 'ok   nobody passes while Postern is stopped, and nobody waits for longer than 3 s\n',
      err: '',
    });
    const open = await run([...GIVEN, '--stopped', '--proxy', 'envoy'], ['failsOpen'], away);
    expect([open.code, open.out]).toEqual([1, expect.stringContaining('failure_mode_allow: false')]);
    const early = await run([...GIVEN, '--stopped']);
    expect([early.code, early.err]).toEqual([64, expect.stringContaining('Stop it')]);
  });
});

describe('postern doctor examines nothing', () => {
  it.each<[why: string, args: readonly string[], code: number, says: string]>([
    ['where the token is dead', ['--token-file', 'dead'], 77, '401 at / with the token'],
    ['where the public path is not public', ['--public', '/orders/'], 64, '401 at /orders/'],
    ['where the token is none', ['--token-file', 'two words'], 64, 'one token and nothing else'],
    ['where there is no file', ['--token-file', 'missing'], 64, "missing can't be read"],
  ])('%s', async (_, args, code, says) => {
    await writeFile(join(folder, 'dead'), 'of-nobody');
    await writeFile(join(folder, 'two words'), 'a b');
    const ended = await run(args);
    expect(ended).toMatchObject({ code, out: '', err: expect.stringContaining(says) });
  });

  it('where nobody answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const ended = await runPostern(['doctor', url], {}, folder);
    expect(ended).toMatchObject({ code: 69, out: '', err: expect.stringContaining('ECONNREFUSED') });
  });

  it('where the application is not the echo', async () => {
    const app = await startListening(createServer((_, response) => response.end('hello')));
    const ended = await runPostern(['doctor', `http://127.0.0.1:${app.port}`, ...GIVEN], {}, folder);
    expect(ended).toMatchObject({ code: 69, out: '', err: expect.stringContaining('is not "postern echo"') });
    await app.close();
  });
});

describe('postern echo', () => {
  it('answers whoever asks', async () => {
    const { body } = await send(echo.port, { path: '/here' });
    expect(JSON.parse(body)).toMatchObject({ postern: 'echo', target: '/here' });
  });

  it('says what is in the way', async () => {
    const ended = await runPostern(['echo', '--listen', `127.0.0.1:${echo.port}`], {}, folder);
    expect(ended).toMatchObject({ code: 1, out: '', err: expect.stringContaining('EADDRINUSE') });
  });
});
