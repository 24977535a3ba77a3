import { mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cookieOf, createSession, send } from '../support/http.ts';
import { type OnFile, startOnFile } from '../support/settings-file.ts';

const ANY = 'policies: { default: {} }\n';
const STAFF = 'policies: { default: { roles: [staff] } }\n';

/** What somebody without a role gets: 200 by the one policy above, 403 by the other. */
async function asker({ ports }: OnFile) {
  const session = await createSession(ports.admin, { subject: 'ada' });
  return async () =>
    (await send(ports.decision, { path: '/auth-request/default', headers: cookieOf(session) })).status;
}

const placeMounted = async (folder: string, name: string, settings: string) => {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'postern.yaml'), settings);
  await symlink(name, join(folder, '..draft'));
  await rename(join(folder, '..draft'), join(folder, '..data'));
};

describe('LIF-06 settings that changed', () => {
  it.each([
    ['on a signal', ({ signal }: OnFile) => signal('SIGHUP')],
    ['since the file is another', async () => undefined],
  ])('are in force %s, and the log says which', async (_, ask) => {
    const postern = await startOnFile(ANY);
    const status = await asker(postern);
    expect(await status()).toBe(200);
    await postern.replace(STAFF);
    await ask(postern);
    expect(await postern.reloaded('applied')).toEqual({
      level: 30,
      time: expect.any(Number),
      msg: 'reload',
      result: 'applied',
      changed: ['policies'],
      needsStart: [],
      problems: [],
    });
    expect(await status()).toBe(403);
    expect(await postern.metrics()).toContain('postern_settings_reloads_total{result="applied"} 1\n');
  });

  it('are in force where a ConfigMap brings them', async () => {
    const postern = await startOnFile(ANY, {}, async (folder, settings) => {
      await placeMounted(folder, '..1', settings);
      await symlink('..data/postern.yaml', join(folder, 'postern.yaml'));
    });
    const status = await asker(postern);
    await placeMounted(postern.folder, '..2', STAFF);
    await rm(join(postern.folder, '..1'), { recursive: true });
    await postern.reloaded('applied');
    expect(await status()).toBe(403);
  });

  it('are in force whole, where they are written in steps', async () => {
    const postern = await startOnFile(ANY);
    const status = await asker(postern);
    const file = await open(postern.path, 'w');
    await file.write('policies: { default: { ');
    await file.write('roles: [staff] } }\n');
    await file.close();
    await postern.reloaded('applied');
    expect(await status()).toBe(403);
  });

  it('are taken as far as they can be, and the others are named', async () => {
    const postern = await startOnFile(ANY);
    const status = await asker(postern);
    const others = 'storePrefix: another\nsession: { cookie: { name: other } }\nlimits: { roles: 3 }\n';
    await postern.replace(STAFF + others);
    const applied = { level: 40, changed: ['policies'], needsStart: ['limits', 'session', 'storePrefix'] };
    expect(await postern.reloaded('applied')).toMatchObject(applied);
    // By the cookie of the start, which is still the one that counts.
    expect(await status()).toBe(403);
    expect(await postern.metrics()).toContain('postern_settings_in_force 0\n');

    await postern.replace(STAFF);
    expect(await postern.reloaded('unchanged')).toMatchObject({ level: 30, changed: [], needsStart: [] });
    expect(await postern.metrics()).toContain('postern_settings_in_force 1\n');
  });

  it('hold for the log too', async () => {
    const postern = await startOnFile(ANY);
    const status = await asker(postern);
    await status();
    await postern.replace(`${ANY}log: { level: error }\n`);
    expect(await postern.reloaded('applied')).toMatchObject({ changed: ['log'] });
    expect(await status()).toBe(200);
    // An error is still told, and would stand behind a second decision.
    await rm(postern.path);
    await postern.reloaded('refused');
    expect(postern.log.filter(({ msg }) => msg === 'decision')).toHaveLength(1);
  });
});

describe('LIF-06 settings that are broken', () => {
  it('change nothing, and the log says why and where, without a secret', async () => {
    const postern = await startOnFile(ANY);
    const status = await asker(postern);
    await postern.replace(`${STAFF}gatewaySecret: too-short\ntrustedProxys: []\n`);
    expect(await postern.reloaded('refused')).toMatchObject({
      level: 50,
      changed: [],
      needsStart: [],
      problems: [
        './postern.yaml:2:1: gatewaySecret: must be letters, digits and . _ ~ + / = -, at least 32 of them',
        './postern.yaml:3:1: trustedProxys: no such setting; did you mean trustedProxies?',
      ],
    });
    expect(JSON.stringify(postern.log)).not.toContain('too-short');
    expect(await status()).toBe(200);
    const metrics = await postern.metrics();
    expect(metrics).toContain('postern_settings_reloads_total{result="refused"} 1\n');
    expect(metrics).toContain('postern_settings_in_force 0\n');

    await postern.replace(ANY);
    await postern.reloaded('unchanged');
    expect(await postern.metrics()).toContain('postern_settings_in_force 1\n');
  });

  it.each([
    ['are gone', (path: string) => rm(path), /postern\.yaml: can't be read: ENOENT/],
    ['are empty', (path: string) => writeFile(path, ''), /postern\.yaml: is empty/],
  ])('since they %s, do not become the defaults', async (_, spoil, problem) => {
    const postern = await startOnFile(STAFF);
    const status = await asker(postern);
    await spoil(postern.path);
    const { problems } = await postern.reloaded('refused');
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(await status()).toBe(403);
    await postern.replace(ANY);
    await postern.reloaded('applied');
    expect(await status()).toBe(200);
  });
});

describe('SIGHUP', () => {
  it('twice at once applies what changed once', async () => {
    const postern = await startOnFile(ANY);
    const status = await asker(postern);
    await postern.replace(STAFF);
    await Promise.all([postern.signal('SIGHUP'), postern.signal('SIGHUP')]);
    await postern.reloaded('applied');
    expect(await status()).toBe(403);
    // The watch finds the same file once more.
    await postern.reloaded('unchanged');
    expect(await postern.metrics()).toContain('postern_settings_reloads_total{result="applied"} 1\n');
  });

  it('without a file reads the environment again, and then a file that has come', async () => {
    const postern = await startOnFile('', {}, async () => undefined);
    await postern.signal('SIGHUP');
    expect(await postern.reloaded('unchanged')).toMatchObject({ level: 30, changed: [], needsStart: [] });
    await postern.replace(STAFF);
    await postern.signal('SIGHUP');
    expect(await postern.reloaded('applied')).toMatchObject({ changed: ['policies'] });
  });

  it('while it stops does not end it before its time', async () => {
    const postern = await startOnFile(ANY);
    const socket = connect(postern.ports.decision, '127.0.0.1');
    socket.on('error', () => undefined);
    // Under way, so that there is something to wait for.
    await new Promise((resolve) => socket.write('GET /auth-request/default HTTP/1.1\r\n', resolve));
    expect((await send(postern.ports.decision, { path: '/auth-request/default' })).status).toBe(401);
    await postern.signal('SIGTERM');
    await postern.logged(({ msg }) => msg === 'stopping');
    await postern.signal('SIGHUP');
    await postern.reloaded('unchanged');
    expect(postern.exitCode()).toBeNull();
    socket.end('Host: a\r\n\r\n');
    await vi.waitUntil(() => postern.exitCode() !== null, 20_000);
    expect(postern.exitCode()).toBe(0);
  });
});
