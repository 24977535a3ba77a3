import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-rules-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function problemsOf(text: string): Promise<readonly string[]> {
  const path = join(folder, `${crypto.randomUUID()}.yaml`);
  await writeFile(path, text);
  const loaded = loadSettings(path, {});
  return loaded.ok ? [] : loaded.problems.map((problem) => problem.replace(path, 'FILE'));
}

describe('a rule that can never match', () => {
  it('is refused with its line, and with the rule that takes all of it', async () => {
    const problems = await problemsOf(`
policies:
  other: { rules: [{ path: /a }, { path: /b }] }
  shop:
    rules:
      - path: /public/**
        anonymous: true
      - { methods: [GET, POST], path: /orders/*, scope: [orders:read] }
      - { methods: [POST], path: /orders/7 }
      - { host: a.example.com, path: /public/x/y }
      - { path: /public/** }
      - methods: [POST, GET]
        path: /orders/*/
`);
    const dead = 'can never match';
    expect(problems).toEqual([
      `FILE:9:9: policies.shop.rules.2: rule 3 ${dead}: rule 2 (line 8) takes all of it first`,
      `FILE:10:9: policies.shop.rules.3: rule 4 ${dead}: rule 1 (line 6) takes all of it first`,
      `FILE:11:9: policies.shop.rules.4: rule 5 ${dead}: the same as rule 1 (line 6)`,
      `FILE:12:9: policies.shop.rules.5: rule 6 ${dead}: the same as rule 2 (line 8)`,
    ]);
  });

  it('is told together with everything else that is wrong, and counted among all rules', async () => {
    const problems = await problemsOf(`zzz: 1
policies:
  shop:
    rules:
      - { path: /a//b }
      - 7
      - { path: /x, methods: [] }
      - { path: /a, anonymous: true, roles: [b] }
      - { path: /a }
`);
    expect(problems.map((problem) => problem.split(': ').slice(0, 2).join(' ')).toSorted()).toEqual([
      'FILE:1:1 zzz',
      'FILE:5:11 policies.shop.rules.0.path',
      'FILE:6:9 policies.shop.rules.1',
      'FILE:7:21 policies.shop.rules.2.methods',
      'FILE:7:21 policies.shop.rules.2.methods',
      'FILE:8:38 policies.shop.rules.3.roles',
      'FILE:9:9 policies.shop.rules.4',
    ]);
    expect(problems).toContain(
      'FILE:9:9: policies.shop.rules.4: rule 5 can never match: the same as rule 4 (line 8)',
    );
  });

  it('is not one that a narrower rule goes before, nor the same rule of another policy', async () => {
    expect(
      await problemsOf(`
policies:
  one: { rules: [{ path: /a/b }, { path: /a/*, methods: [GET] }, { path: /a/** }, { path: /** }] }
  two: { rules: [{ path: /a/b }, { path: /**, host: a.example.com }, { path: /** }] }
`),
    ).toEqual([]);
  });
});
