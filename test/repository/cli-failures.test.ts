import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPostern } from '../support/command.ts';
import { manage } from '../support/http.ts';
import { declareResource, registerApplication } from '../support/issuer.ts';
import { ADMIN_TOKEN, type InProcess, startInProcess } from '../support/postern.ts';
import { freePort, portOf } from '../support/server.ts';

let folder: string;
let postern: InProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  postern = await startInProcess({ limits: { scopes: 1 } });
});
afterAll(async () => {
  await postern.close();
  await rm(folder, { recursive: true });
});

const at = (port: number) => ({
  POSTERN_ADMIN_TOKEN: ADMIN_TOKEN,
  POSTERN_LISTEN_ADMIN: `127.0.0.1:${port}`,
});

const run = (args: readonly string[], environment: Record<string, string> = at(postern.ports.admin)) =>
  runPostern(args, environment, folder);

const registered = async () =>
  JSON.parse((await manage(postern.ports.admin, 'GET', '/default/applications')).body).applications;

describe('what the server refuses', () => {
  it("ends with 1, and says it in the server's words", async () => {
    await declareResource(postern.ports, { indicator: 'urn:taken' });
    const { code, out, err } = await run(['resource', 'create', 'Another', 'urn:taken']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe('postern resource create: Another resource has the identifier "urn:taken".\n');
  });

  it('is told with each part that is wrong', async () => {
    const { code, err } = await run(['resource', 'create', 'x'.repeat(101), 'no-uri']);
    expect(code).toBe(1);
    expect(err).toContain('\n  name: ');
    expect(err).toContain('\n  indicator: must be an absolute URI');
  });

  it.each([
    [['app', 'delete', 'nobody'], 'There is no such application.'],
    [['app', 'delete', '../resources'], 'There is no such application.'],
    [['app', 'rotate', 'nobody'], 'There is no such application.'],
    [['resource', 'delete', 'nothing'], 'There is no such resource.'],
    [['resource', 'delete', 'urn:nothing'], 'There is no resource with this identifier'],
    [['app', 'list', '--tenant', 'nowhere'], 'There is no such tenant.'],
  ])('is what there is not: %j', async (args, told) => {
    expect(await run(args)).toEqual({ code: 1, out: '', err: expect.stringContaining(told) });
  });
});

describe('a command that is several calls', () => {
  it('shows the secret of an application that was created though its grant was refused, and says both', async () => {
    const args = ['app', 'create', 'half', '--resource', 'urn:nothing', '--scope', 'read', '--json'];
    const { code, out, err } = await run(args);
    const { clientId, secret } = JSON.parse(out);
    expect(code).toBe(1);
    expect(secret).toHaveLength(43);
    expect(err).toContain(`The application ${clientId} was created, but nothing was granted to it: `);
    expect(err).not.toContain(secret);
    expect(JSON.stringify(await registered())).toContain(clientId);
  });

  it('says which scopes a resource was created without', async () => {
    const scopes = ['--scope', 'first', '--scope', 'second', '--scope', 'third'];
    const { code, out, err } = await run(['resource', 'create', 'Half', 'urn:half', ...scopes, '--json']);
    const { id, scopes: added } = JSON.parse(out);
    expect(code).toBe(1);
    expect(added).toEqual([{ name: 'first', description: '' }]);
    expect(err).toContain(`The resource ${id} was created, but without the scopes second, third: `);
  });
});

describe('the admin token', () => {
  it('that is wrong ends with 77, is told as such, and is printed nowhere', async () => {
    const token = 'a-wrong-token-that-nobody-may-read-anywhere';
    const environment = { ...at(postern.ports.admin), POSTERN_ADMIN_TOKEN: token };
    const { code, out, err } = await run(['app', 'list'], environment);
    expect([code, out]).toEqual([77, '']);
    expect(err).toContain('does not take the admin token');
    expect(err).not.toContain(token);
  });

  it('is read from ./data where the settings name none, and never made there', async () => {
    const { POSTERN_LISTEN_ADMIN } = at(postern.ports.admin);
    const missing = await run(['app', 'list'], { POSTERN_LISTEN_ADMIN });
    expect([missing.code, missing.out]).toEqual([77, '']);
    expect(missing.err).toContain('There is no admin token in ./data/admin-token.');
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data/admin-token'), `${ADMIN_TOKEN}\n`, { flag: 'wx' });
    expect((await run(['app', 'list'], { POSTERN_LISTEN_ADMIN })).code).toBe(0);
  });

  it('is not taken from the command line, where all can see it', async () => {
    const { code, err } = await run(['app', 'list', `--token=${ADMIN_TOKEN}`]);
    expect(code).toBe(64);
    expect(err).not.toContain(ADMIN_TOKEN);
  });
});

describe('a server that is not there', () => {
  it('ends with 69, and says where it was looked for', async () => {
    const port = await freePort();
    const { code, out, err } = await run(['app', 'list'], at(port));
    expect([code, out]).toEqual([69, '']);
    expect(err).toContain(`Nothing answers at http://127.0.0.1:${port} (ECONNREFUSED).`);
  });

  it('may be somebody else, and then that is said', async () => {
    const server = createServer((_, response) => response.writeHead(200).end('<h1>It works</h1>'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { code, err } = await run(['app', 'list'], at(portOf(server)));
    expect([code, err]).toEqual([69, expect.stringContaining("is not Postern's admin listener")]);
    server.close();
  });

  it('is no matter of settings that are wrong, which end with 78', async () => {
    const { code, err } = await run(['app', 'list'], { POSTERN_LISTEN_ADMIN: 'nowhere' });
    expect([code, err]).toEqual([78, expect.stringContaining('listen.admin')]);
  });
});

it('a command that is not written as it must be ends with 64, shows how it is, and calls nothing', async () => {
  const before = await registered();
  const { code, out, err } = await run(['app', 'create', 'a', '--scope', 'read']);
  expect([code, out]).toEqual([64, '']);
  expect(err).toMatch(/^Usage: postern .*app create NAME.*resource delete/s);
  expect(await registered()).toEqual(before);
});

describe('an admin listener on a Unix socket', () => {
  it.each(['the settings', '--url'])('is found by %s', async (place) => {
    const path = join(folder, `${place.slice(-3)}.sock`);
    const listen = {
      decision: '127.0.0.1:0',
      public: `127.0.0.1:${await freePort()}`,
      admin: `unix:${path}`,
    };
    const other = await startInProcess({ listen });
    const environment = { POSTERN_ADMIN_TOKEN: ADMIN_TOKEN };
    const made = await (place === '--url'
      ? run(['app', 'create', 'local', '--json', '--url', `unix:${path}`], environment)
      : run(['app', 'create', 'local', '--json'], { ...environment, POSTERN_LISTEN_ADMIN: `unix:${path}` }));
    expect(made.code).toBe(0);
    expect(JSON.parse(made.out)).toMatchObject({ name: 'local' });
    await other.close();
  });
});

it('what is listed was written by others, and can neither steer the terminal nor add a row', async () => {
  const { clientId } = await registerApplication(postern.ports, { name: 'a\u200bb\ufeffc' });
  const { out } = await run(['app', 'list']);
  const row = out.split('\n').find((line) => line.startsWith(clientId));
  expect(row).toContain('a\ufffdb\ufffdc');
});
