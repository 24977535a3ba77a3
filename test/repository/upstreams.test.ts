import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingsSchema } from '../../src/config/schema.ts';
import { assertionOf } from '../support/asserted.ts';
import { createSession, send } from '../support/http.ts';
import {
  declareResource,
  decodeToken,
  getToken,
  issuerOf,
  registerApplication,
  tamper,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { freePort, listening, type RunningServer, runChild } from '../support/server.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = await readFile(join(ROOT, 'docs/upstreams.md'), 'utf8');
const blocksIn = (language: string) =>
  [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, block = '']) =>
    name === language ? [block] : [],
  );

const AUDIENCE = 'https://orders.internal';

let postern: InProcess;
let application: RunningServer;
let port: number;
beforeAll(async () => {
  postern = await startInProcess({
    policies: {
      orders: { assertionAudience: AUDIENCE },
      billing: { assertionAudience: 'https://billing.internal' },
    },
  });
  port = await freePort();
  const [program = ''] = blocksIn('js');
  // Where the two are is the test's; the rest runs as it stands.
  const here = program
    .replace('https://auth.example.com/oauth/v4/default', issuerOf(postern.ports))
    .replace('8080', String(port));
  application = runChild(
    spawn(process.execPath, ['--input-type=module', '-e', here], { cwd: ROOT, stdio: 'ignore' }),
  );
  await listening(port);
});
afterAll(async () => {
  await application.stop();
  await postern.close();
});

const show = (assertion: string) =>
  send(port, { path: '/', headers: assertion === '' ? [] : ['X-Auth-Assertion', assertion] });

it('the application of the page takes an assertion for it', async () => {
  const session = await createSession(postern.ports.admin, { subject: 'ada' });
  const reply = await show(await assertionOf(postern, session, 'orders'));
  expect([reply.status, reply.body]).toEqual([200, 'Hello ada\n']);
});

it('and takes none, one that was changed, one for another application, an access token or a session', async () => {
  const session = await createSession(postern.ports.admin, { subject: 'ada' });
  const client = await registerApplication(postern.ports);
  // Of the same audience: all that is different is its type.
  await declareResource(postern.ports, { indicator: AUDIENCE });
  const shown = [
    '',
    tamper(await assertionOf(postern, session, 'orders')),
    await assertionOf(postern, session, 'billing'),
    await getToken(postern.ports, client, { resource: AUDIENCE }),
    session.token,
  ];
  for (const assertion of shown) expect((await show(assertion)).status).toBe(401);
});

it('the page names every claim', async () => {
  const claims = { email: 'ada@example.com', name: 'Ada' };
  const session = await createSession(postern.ports.admin, { subject: 'ada', claims });
  const said = decodeToken(await assertionOf(postern, session, 'orders')).claims;
  for (const name of [...Object.keys(said), 'client_id']) expect(page).toContain(`\`${name}\``);
});

it('the settings of the page are settings', () => {
  const blocks = blocksIn('yaml');
  expect(blocks).toHaveLength(2);
  for (const block of blocks) expect(settingsSchema.safeParse(parse(block)).success).toBe(true);
});
