import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mintToken } from '../../src/decision/token.ts';
import { runPostern } from '../support/command.ts';
import { cookieOf, manage, send } from '../support/http.ts';
import { decisionOn, getToken, registerApplication } from '../support/issuer.ts';
import { anyPorts, type Process, SECRET_KEY, startProcess } from '../support/postern.ts';
import { startRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

const OTHER_KEY = Buffer.alloc(32, 'another secret key').toString('base64url');
const REFUSED = 'the store was used with another "secretKey" before';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-secret-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A start that has to end by itself. */
async function start(environment: Record<string, string>) {
  const { decision, public: issuer, admin } = await anyPorts();
  const listen = {
    POSTERN_LISTEN_DECISION: decision,
    POSTERN_LISTEN_PUBLIC: issuer,
    POSTERN_LISTEN_ADMIN: admin,
  };
  return runPostern([], { ...listen, ...environment }, folder);
}

async function ended(postern: Process): Promise<number | null> {
  await vi.waitUntil(() => postern.exitCode() !== null, { timeout: 20_000 });
  return postern.exitCode();
}

describe('the secret key', () => {
  it('is made at the first start, for our eyes only, and what it protects is there at the next', async () => {
    const first = await startProcess({}, folder);
    const path = join(folder, 'data/secret');
    const key = (await readFile(path, 'utf8')).trim();
    expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    const client = await registerApplication(first.ports);
    await first.stop();

    const second = await startProcess({}, folder);
    expect(await decisionOn(second.ports, await getToken(second.ports, client))).toBe(200);
    expect(first.errorText() + second.errorText() + JSON.stringify([first.log, second.log])).not.toContain(
      key,
    );
    await second.stop();
    expect((await readFile(path, 'utf8')).trim()).toBe(key);
  });

  it('that a replica has for itself ends it with 1, and those who share theirs go on', async () => {
    const redis = await startRedis();
    const store = { POSTERN_STORE_URL: redis.url };
    const first = await startProcess({ ...store, POSTERN_SECRET_KEY: SECRET_KEY }, folder);
    await untilReady(first.ports.admin);
    const client = await registerApplication(first.ports);
    const { code, out, err } = await start({ ...store, POSTERN_SECRET_KEY: OTHER_KEY });
    expect([code, err]).toEqual([1, expect.stringContaining(REFUSED)]);
    for (const key of [SECRET_KEY, OTHER_KEY]) expect(out + err).not.toContain(key);
    expect(await decisionOn(first.ports, await getToken(first.ports, client))).toBe(200);
    // Another prefix is another store.
    const apart = { ...store, POSTERN_STORE_PREFIX: 'apart', POSTERN_SECRET_KEY: OTHER_KEY };
    const second = await startProcess(apart, folder);
    await untilReady(second.ports.admin);
    await registerApplication(second.ports);
    await Promise.all([first.stop(), second.stop()]);
    await redis.close();
  });

  it('that is not the one of the embedded store ends the process with 1', async () => {
    const first = await startProcess({ POSTERN_SECRET_KEY: SECRET_KEY }, folder);
    await registerApplication(first.ports);
    await first.stop();
    const { code, err } = await start({ POSTERN_SECRET_KEY: OTHER_KEY });
    expect([code, err]).toEqual([1, expect.stringContaining(REFUSED)]);
  });
});

describe('a store that is away at the start', () => {
  it('ends nothing before it is back, and then only whoever has another key', async () => {
    const redis = await startRedis();
    const store = { POSTERN_STORE_URL: redis.url };
    const before = await startProcess({ ...store, POSTERN_SECRET_KEY: SECRET_KEY }, folder);
    await untilReady(before.ports.admin);
    const client = await registerApplication(before.ports);
    await before.stop();
    await redis.kill();

    const same = await startProcess({ ...store, POSTERN_SECRET_KEY: SECRET_KEY }, folder);
    const other = await startProcess({ ...store, POSTERN_SECRET_KEY: OTHER_KEY }, folder);
    for (const { ports } of [same, other]) {
      const statuses = await Promise.all([
        send(ports.admin, { path: '/livez' }),
        send(ports.decision, { path: '/auth-request/default' }),
        send(ports.decision, { path: '/auth-request/default', headers: cookieOf({ token: aToken() }) }),
        manage(ports.admin, 'GET', '/default/applications'),
      ]);
      expect(statuses.map(({ status }) => status)).toEqual([200, 401, 503, 503]);
    }
    await redis.start();
    expect(await ended(other)).toBe(1);
    expect(other.errorText()).toContain(REFUSED);
    await untilReady(same.ports.admin);
    expect(await decisionOn(same.ports, await getToken(same.ports, client))).toBe(200);
    await same.stop();
    await redis.close();
  });
});

/** One that could be a session's, so that the store has to be asked. */
function aToken(): string {
  return mintToken('ada').token.reveal();
}
