import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { canonicalPath } from '../../src/decision/path.ts';

let folder: string;
let page: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-policies-'));
  page = await readFile(join(import.meta.dirname, '../../docs/policies.md'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true }));

describe('docs/policies.md', () => {
  it('has policies that can be used, and some that are refused as it says', async () => {
    const [good = '', broken = ''] = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
      ([, text = '']) => text,
    );
    const path = join(folder, 'broken.yaml');
    await writeFile(path, good);
    expect(loadSettings(path, {})).toMatchObject({ ok: true });
    await writeFile(path, broken);
    const [, printed = ''] = /^\$ postern check [^\n]*\n(.*?)^```$/ms.exec(page) ?? [];
    const loaded = loadSettings(path, {});
    const problems = loaded.ok ? [] : loaded.problems.map((problem) => problem.replace(folder, '').slice(1));
    expect(problems).toEqual(printed.trimEnd().split('\n'));
  });

  it('tells the canonical form as it is', () => {
    const [, table = ''] =
      /^\| in the request \| compared as \|\n\| --- \| --- \|\n(.*?)\n\n/ms.exec(page) ?? [];
    const rows = [...table.matchAll(/^\| `(.*?)` \| `(.*?)` \|$/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, raw = '', canonical] of rows) expect([raw, canonicalPath(raw)]).toEqual([raw, canonical]);
  });

  it('denies the escapes and the bytes that it names', () => {
    const [, listed = ''] = /^Denied in a path: (.*?) and control bytes/ms.exec(page) ?? [];
    const escapes = [...listed.matchAll(/`(.*?)`/g)].map(([, text = '']) => text);
    expect(escapes).toHaveLength(6);
    const others = ['%00', '%7f', '%zz', '%', '%ff', '\\', '#', ' ', '\u00e9'];
    for (const text of [...escapes, ...others])
      expect([text, canonicalPath(`/a${text}b`)]).toEqual([text, undefined]);
    for (const path of ['/a;/..', '/..;x/a', '/./a;b', 'a', '']) expect(canonicalPath(path)).toBeUndefined();
  });
});
