import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ADMIN_TOKEN, ENTRY, startProcess } from '../support/postern.ts';

/** The blocks of code of one section, in their order. */
function blocksOf(readme: string, heading: string): string[] {
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  const [body = ''] = section.split('\n## ');
  return [...body.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

it('the README: what it says on machines does what it says', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [settings = '', declare = '', use = ''] = blocksOf(readme, 'Protect an API for machines');
  const folder = await mkdtemp(join(tmpdir(), 'postern-readme-'));
  await writeFile(join(folder, 'postern.yaml'), settings);
  const postern = await startProcess({}, folder);
  const { decision, public: issuer, admin } = postern.ports;
  // Of what stands there, only how it is reached is the test's, and what a person copies by hand.
  const run = async (block: string) => {
    const lines = block
      .replaceAll('npm start -s --', `'${process.execPath}' '${ENTRY}'`)
      .replaceAll(':4180/', `:${decision}/`)
      .replaceAll(':4181/', `:${issuer}/`);
    const env = {
      PATH: process.env.PATH,
      POSTERN_LISTEN_ADMIN: `127.0.0.1:${admin}`,
      POSTERN_ADMIN_TOKEN: ADMIN_TOKEN,
    };
    const { stdout } = await promisify(execFile)('bash', ['-ec', lines], { cwd: folder, env });
    return stdout;
  };
  const printed = await run(declare);
  const [clientId = '', , secret = ''] = printed.trim().split('\n').at(-1)?.split(/ {2,}/) ?? [];
  const [shorthand = ''] = declare.split('\n');
  const given = use.replace('CLIENT_ID=… SECRET=…', `CLIENT_ID='${clientId}' SECRET='${secret}'`);
  const answers = await run(`${shorthand}\n${given}`);
  expect([...answers.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)).toEqual([
    '200',
    '403',
    '401',
  ]);
  expect(answers).toContain(`X-Auth-Client-Id: ${clientId}`);
  expect(answers).toContain('error="insufficient_scope", scope="orders:write"');
  await postern.stop();
  await rm(folder, { recursive: true });
});
