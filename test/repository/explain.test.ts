import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPostern } from '../support/command.ts';
import { createSession, type NewSession } from '../support/http.ts';
import { ADMIN_TOKEN, type Process, spawnPostern, startProcess } from '../support/postern.ts';

const POLICIES = `
policies:
  default: {}
  shop:
    rules:
      - { path: /public/**, anonymous: true }
      - { methods: [GET, HEAD], path: /orders/**, roles: [admin] }
`;

let folder: string;
let postern: Process;
let session: NewSession;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-explain-'));
  await writeFile(join(folder, 'postern.yaml'), POLICIES);
  postern = await startProcess({ POSTERN_LOG_LEVEL: 'debug' }, folder);
  session = await createSession(postern.ports.admin, { subject: 'ada\u001b[31m', roles: ['staff'] });
});
afterAll(async () => {
  await postern.stop();
  await rm(folder, { recursive: true });
});

const environment = () => ({
  POSTERN_ADMIN_TOKEN: ADMIN_TOKEN,
  POSTERN_LISTEN_ADMIN: `127.0.0.1:${postern.ports.admin}`,
});

const run = (...args: readonly string[]) => runPostern(['explain', ...args], environment(), folder);

async function runOn(input: string, ...args: readonly string[]): Promise<string> {
  const child = spawnPostern(environment(), folder, ['explain', ...args]);
  child.stdin?.end(input);
  return child.stdout === null ? '' : text(child.stdout);
}

const ORDERS = ['shop', '--request-url', 'https://shop.example.com/orders/7'];

describe('postern explain', () => {
  it('prints a line a step, then what each dialect answers, and ends with 0 whatever that is', async () => {
    const { code, out, err } = await run(...ORDERS, '--session', session.id);
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      'ok | request | GET https://shop.example.com/orders/7, in canonical form.',
      'ok | rule | Rule 2 of 2 is the first that fits: GET, HEAD /orders/**.',
      `ok | credential | A token of ours in the session cookie, of the session ${session.id}.`,
      expect.stringMatching(/^ok \| session \| ada\ufffd\[31m \(user\): created at \d+/),
      'no | requirement | roles asks for any one of admin; the session has staff.',
      'no | decision | forbid: role',
      'no | forbid | auth-request 403, forward-auth 403, ext-authz 403',
      '',
    ]);
  });

  it('takes a method, and marks what decides nothing', async () => {
    const { out } = await run(...ORDERS, '--method', 'PUT');
    expect(out).toMatch(/^no {2}rule .*\n- {3}rule {6}Rule 2 is near, but not for the method PUT/m);
  });

  it('reads a token or a cookie from a file or from standard input, and shows and logs neither', async () => {
    const path = join(folder, 'credential');
    await writeFile(path, `${session.token}\n`);
    const fromFile = await run('default', '--token-file', path);
    const printed = [
      fromFile.out,
      await runOn(`${session.token}\n`, 'default', '--token-file', '-'),
      await runOn(session.token, 'default', '--cookie-file', '-'),
    ];
    for (const out of printed) expect(out).toMatch(/^ok {2}allow/m);
    expect(printed.map((out) => out.includes('in the session cookie'))).toEqual([false, false, true]);
    await postern.logged(({ operation }) => operation === 'explainDecision');
    const told = JSON.stringify([printed, postern.log, postern.errorText()]);
    expect(told).not.toContain(session.token.slice(2));
  });

  it("gives the API's answer to scripts", async () => {
    const { out } = await run('default', '--json');
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'challenge',
      reason: 'no_credential',
      statuses: { 'auth-request': 401 },
    });
  });

  it.each([
    [['nothing'], 1, 'The settings have no policy of this name for this tenant.'],
    [['default', '--session', 'no-id'], 1, 'credential.sessionId: must be two characters'],
    [['default', '--cookie-file', '/nowhere'], 64, "/nowhere can't be read (ENOENT)."],
    [['default', '--url', 'http://127.0.0.1:1'], 69, 'Nothing answers at http://127.0.0.1:1'],
  ])('says what went wrong on standard error: %j', async (args, code, told) => {
    expect(await run(...args)).toEqual({ code, out: '', err: expect.stringContaining(told) });
  });
});
