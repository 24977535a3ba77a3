import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../../src/config/load.ts';
import { issuerLeaves, leaves, namesAt, policyLeaves, ruleLeaves } from '../../src/config/outline.ts';
import type { Reason } from '../../src/decision/decide.ts';
import { DEAD, DOUBTFUL, MALFORMED, UNREADABLE } from '../../src/decision/reasons.ts';
import { DIALECTS } from '../../src/proxy/dialects.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: ROOT })];
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');
const readProse = (page: string) => read(page).replaceAll(/^```.*?^```$/gms, '');

const MARK = '# postern.yaml\n';
const OTHER_FILE = /^# (?!postern\.yaml\n)\S+\.ya?ml\n/;

/**
 * The examples of our settings: those that say so, and whatever has no key that is none of ours. What names another
 * file is none: `# broken.yaml` is refused by `postern check`, and another test holds it to that.
 */
function settingsIn(page: string): string[] {
  const blocks = [...read(page).matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const known = namesAt([]);
  return blocks
    .filter((block) => !OTHER_FILE.test(block))
    .filter(
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

/** Every one there is: another does not compile until it is here. */
const REASONS: Readonly<Record<Reason, unknown>> = {
  ...{ session: true, anonymous: true, preflight: true, no_credential: true },
  ...DEAD,
  ...{ authentication_method: true, authentication_age: true },
  ...{ subject_type: true, subject: true, client: true, audience: true, scope: true, role: true },
  ...{ no_rule: true, rule_denies: true, client_network: true, identity_too_large: true },
  ...MALFORMED,
  ...{ untrusted_peer: true, gateway_secret: true },
  ...UNREADABLE,
  ...DOUBTFUL,
};

describe('docs/operations.md', () => {
  const page = read('docs/operations.md');

  it('has the status of every outcome, in every dialect', () => {
    const [, head = '', body = ''] = /^\| outcome \| when (.*)\n\| --- .*\n((?:\|.*\n)+)/m.exec(page) ?? [];
    const named = [...head.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name);
    expect(named).toEqual(DIALECTS.map(({ name }) => name));
    const rows = [...body.matchAll(/^\| `([a-z-]+)` \| .*? \|((?: \d+ \|)+)$/gm)];
    const said = rows.map(([, outcome, statuses = '']) => [outcome, statuses.match(/\d+/g)?.map(Number)]);
    const outcomes = Object.keys(DIALECTS[0]?.statuses ?? {});
    expect(Object.fromEntries(said)).toEqual(
      Object.fromEntries(
        outcomes.map((outcome) => [
          outcome,
          DIALECTS.map(({ statuses }) => Object.entries(statuses).find(([name]) => name === outcome)?.[1]),
        ]),
      ),
    );
  });

  it('says when each reason is given', () => {
    const [, table = ''] = page.split('| outcome | `reason` | when |');
    const [, rows = ''] = /^\n((?:\|.*\n)+)/.exec(table) ?? [];
    for (const reason of Object.keys(REASONS)) expect(rows).toContain(`\`${reason}\``);
  });
});

/** What a block is a part of, where its first line says so, and its lines. */
function partsIn(page: string) {
  const blocks = [...read(page).matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.map((block) => {
    const [, file, text = block] = /^(?:#|--) (deploy\/\S+)\n(.*)$/s.exec(block) ?? [];
    return { file, lines: text.split('\n').map(withoutRemark).filter(isSaid) };
  });
}

const withoutRemark = (line: string) => line.trim().replace(/ +(?:#|--) .*$/, '');
const isSaid = (line: string) => line !== '' && !/^(?:#|--)(?: |$)/.test(line);

/** Of lines, those that are not among others in this order. */
function notIn(others: readonly string[], lines: readonly string[]): string[] {
  let at = -1;
  return lines.filter((line) => {
    const found = others.indexOf(line, at + 1);
    if (found !== -1) at = found;
    return found === -1;
  });
}

describe('what is to be copied from deploy', () => {
  const PROXY_PAGES = ['nginx', 'traefik', 'caddy', 'haproxy', 'envoy'];
  const parts = PAGES.flatMap((page) =>
    partsIn(page).flatMap(({ file, lines }) => (file === undefined ? [] : [{ page, file, lines }])),
  );

  it.each(parts)('$page: $lines.0, … stands in $file', ({ file, lines }) => {
    // What is for some settings alone stands there behind the mark of a comment.
    const there = read(file)
      .split('\n')
      .map((line) => withoutRemark(line.trim().replace(/^(?:#|--) /, '')));
    expect(lines).not.toEqual([]);
    expect(notIn(there, lines)).toEqual([]);
  });

  it.each(PROXY_PAGES)('docs/%s.md begins with it, and is no longer than a person reads', (name) => {
    const page = `docs/${name}.md`;
    expect(partsIn(page)[0]?.file).toMatch(new RegExp(`^deploy/${name}/`));
    expect(read(page).split('\n').length).toBeLessThanOrEqual(141);
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
