import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runPostern } from '../support/command.ts';
import { decisionOn, getToken, type Registered, registerApplication } from '../support/issuer.ts';
import { ADMIN_TOKEN, type Process, startProcess } from '../support/postern.ts';

const POLICIES = `
tenants: { default: {}, other: {} }
policies: { default: {}, orders: { audience: 'urn:orders', scope: [read, write] } }
`;

let folder: string;
let postern: Process;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  await writeFile(join(folder, 'postern.yaml'), POLICIES);
  postern = await startProcess({}, folder);
});
afterAll(async () => {
  await postern.stop();
  await rm(folder, { recursive: true });
});

const run = (...args: readonly string[]): Promise<Ended> => {
  const url = `http://127.0.0.1:${postern.ports.admin}`;
  return runPostern([...args, '--url', url], { POSTERN_ADMIN_TOKEN: ADMIN_TOKEN }, folder);
};

/** Of a command that has to succeed. */
async function json(...args: readonly string[]) {
  const { code, out, err } = await run(...args, '--json');
  if (code !== 0) throw new Error(`it ended with ${code}: ${err}`);
  return JSON.parse(out);
}

/** The cells of a table, found where the head has its columns. */
function cellsOf(table: string): string[][] {
  const [head = '', ...rows] = table.trimEnd().split('\n');
  const starts = [...head.matchAll(/\S+(?: \S+)*/g)].map(({ index }) => index);
  return [head, ...rows].map((row) =>
    starts.map((start, column) => row.slice(start, starts[column + 1]).trimEnd()),
  );
}

async function outcomeOfToken(client: Registered): Promise<string> {
  return getToken(postern.ports, client).then(
    () => 'given',
    () => 'refused',
  );
}

describe('postern app and postern resource', () => {
  it('declare an API and an application whose token passes a policy that asks for both scopes', async () => {
    const declared = await json(
      'resource',
      'create',
      'Orders',
      'urn:orders',
      '--scope=read',
      '--scope=write',
    );
    expect(declared).toMatchObject({ indicator: 'urn:orders', tokenFormat: 'jwt' });
    expect(declared.scopes.map(({ name }: { name: string }) => name)).toEqual(['read', 'write']);
    const granting = ['--resource', 'urn:orders', '--scope', 'read', '--scope', 'write'];
    const made = await json('app', 'create', 'nightly job', ...granting);
    expect(made).toMatchObject({ name: 'nightly job', tenantId: 'default', enabled: true });
    expect(made.grants).toEqual([{ resource: 'urn:orders', scopes: ['read', 'write'] }]);
    const token = await getToken(postern.ports, made, { resource: 'urn:orders' });
    expect(await decisionOn(postern.ports, token, 'orders')).toBe(200);
  });

  it('show the secret of a new application on standard output, and say on the other that it is the one time', async () => {
    const { code, out, err } = await run('app', 'create', 'by hand');
    expect([code, err]).toEqual([0, 'Keep the secret: it is shown this once.\n']);
    const [head, [clientId = '', name, secret = ''] = []] = cellsOf(out);
    expect([head, name]).toEqual([['CLIENT ID', 'NAME', 'SECRET'], 'by hand']);
    expect(await outcomeOfToken({ clientId, secret })).toBe('given');
    const served = JSON.stringify(postern.log) + postern.errorText();
    for (const hidden of [secret, ADMIN_TOKEN]) expect(served).not.toContain(hidden);
  });

  it('list what there is in columns that line up, and never a secret', async () => {
    const short = await registerApplication(postern.ports, { name: 'a' });
    const long = await registerApplication(postern.ports, { name: 'a longer name', type: 'singlepageapp' });
    const { code, out, err } = await run('app', 'list');
    expect([code, err]).toEqual([0, '']);
    const cells = cellsOf(out);
    expect(cells[0]).toEqual(['CLIENT ID', 'NAME', 'TYPE', 'ENABLED']);
    expect(cells).toContainEqual([short.clientId, 'a', 'regularwebapp', 'yes']);
    expect(cells).toContainEqual([long.clientId, 'a longer name', 'singlepageapp', 'yes']);
    expect(out).not.toContain(short.secret);
    const listed = await json('app', 'list');
    expect(listed.applications).toHaveLength(cells.length - 1);
  });

  it('list resources with their scopes', async () => {
    const { id } = await json('resource', 'create', 'Listed', 'urn:listed', '--scope', 'a', '--scope', 'b');
    const { out } = await run('resource', 'list');
    expect(cellsOf(out)[0]).toEqual(['ID', 'NAME', 'IDENTIFIER', 'SCOPES']);
    expect(cellsOf(out)).toContainEqual([id, 'Listed', 'urn:listed', 'a b']);
    expect(JSON.stringify(await json('resource', 'list'))).toContain(id);
  });

  it('rotate a secret: at once, or with a grace in which the old one still works', async () => {
    const first = await registerApplication(postern.ports);
    const graceful = await run('app', 'rotate', first.clientId, '--grace', '3600');
    expect(graceful.err).toContain('All others work for 3600 s more at most.');
    const [head, [clientId, , secret = ''] = []] = cellsOf(graceful.out);
    expect([head, clientId]).toEqual([['CLIENT ID', 'SECRET NAME', 'SECRET'], first.clientId]);
    const second = { ...first, secret };
    expect([await outcomeOfToken(first), await outcomeOfToken(second)]).toEqual(['given', 'given']);
    const third = { ...first, ...(await json('app', 'rotate', first.clientId)) };
    const outcomes = await Promise.all([first, second, third].map(outcomeOfToken));
    expect(outcomes).toEqual(['refused', 'refused', 'given']);
  });

  it('delete without a word: an application, and a resource by its id or its identifier', async () => {
    const { clientId } = await registerApplication(postern.ports);
    const { id } = await json('resource', 'create', 'By id', 'urn:by-id');
    await json('resource', 'create', 'By identifier', 'urn:by-identifier');
    for (const doomed of [
      ['app', 'delete', clientId],
      ['resource', 'delete', id],
      ['resource', 'delete', 'urn:by-identifier', '--json'],
    ]) {
      expect(await run(...doomed)).toEqual({ code: 0, out: '', err: '' });
    }
    const left = JSON.stringify([await json('app', 'list'), await json('resource', 'list')]);
    for (const gone of [clientId, id, 'urn:by-identifier']) expect(left).not.toContain(gone);
  });

  it('are for the tenant that they name', async () => {
    const { clientId, tenantId } = await json('app', 'create', 'elsewhere', '--tenant', 'other');
    expect(tenantId).toBe('other');
    expect(JSON.stringify(await json('app', 'list'))).not.toContain(clientId);
    expect(JSON.stringify(await json('app', 'list', '--tenant', 'other'))).toContain(clientId);
  });
});
