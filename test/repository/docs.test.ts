import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../../src/config/load.ts';
import { issuerLeaves, leaves, namesAt, policyLeaves, ruleLeaves } from '../../src/config/outline.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: ROOT })];
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');
const readProse = (page: string) => read(page).replaceAll(/^```.*?^```$/gms, '');

const MARK = '# postern.yaml\n';

/** The examples of our settings: those that say so, and whatever has no key that is none of ours. */
function settingsIn(page: string): string[] {
  const blocks = [...read(page).matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const known = namesAt([]);
  return blocks.filter(
    (block) => block.startsWith(MARK) || Object.keys(parse(block)).every((key) => known.includes(key)),
  );
}

describe('the examples of settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-docs-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const examples = PAGES.flatMap((page) =>
    settingsIn(page).map((text, index) => ({ name: `${page}, ${index + 1}`, text })),
  );

  it.each(examples)('$name is taken', ({ text }) => {
    const file = join(folder, 'postern.yaml');
    writeFileSync(file, text);
    expect(loadSettings(file, {})).toMatchObject({ ok: true });
  });
});

/** As GitHub names the place of a heading: its words in lower case, joined by dashes. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the links', () => {
  it.each(PAGES)('of %s lead to what is there', (page) => {
    for (const [, path = '', anchor] of readProse(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
      const target = path === '' ? page : join(page, '..', path);
      expect(existsSync(join(ROOT, target)), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readProse(target)), target).toContain(anchor);
    }
  });
});

const GUIDES = PAGES.filter((page) => page.startsWith('docs/from-'));

/** The cells of the column "here", of every table that has one. */
function cellsHere(page: string): string[] {
  const tables = read(page).match(/(?:^\|.*\|\n)+/gm) ?? [];
  return tables.flatMap((table) => {
    const [head = [], , ...rows] = table
      .split('\n')
      .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
    const column = head.indexOf('here');
    return rows.flatMap((row) => row[column] ?? []);
  });
}

describe('the pages for those who come from elsewhere', () => {
  const known = new Set([
    ...[leaves, policyLeaves, ruleLeaves, issuerLeaves].flat().map(({ path }) => path.join('.')),
    ...namesAt([]),
    ...namesAt(['policies', '*']),
  ]);

  it.each(GUIDES)('%s names settings that there are, and is no longer than a person reads', (page) => {
    // Written as a setting is, with its value or without: no path, no header, no command.
    const named = cellsHere(page).flatMap((cell) => [
      ...cell.matchAll(/`([a-z]\w*(?:\.\w+)*)(?:: [^`]+)?`/g),
    ]);
    expect(named.length).toBeGreaterThan(5);
    for (const [, setting] of named) expect(known).toContain(setting);
    expect(read(page).split('\n').length).toBeLessThanOrEqual(151);
  });

  it.each(GUIDES)('%s has a complete example', (page) => {
    expect(settingsIn(page).filter((block) => block.startsWith(MARK))).toHaveLength(1);
  });
});
