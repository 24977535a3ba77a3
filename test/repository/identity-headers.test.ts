import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingsSchema } from '../../src/config/schema.ts';
import { PRESETS } from '../../src/proxy/presets.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/identity-headers.md'), 'utf8');

/** What stands in the first column of the table of a section. */
function rowsOf(heading: string): string[] {
  const [, section = ''] = PAGE.split(`\n## ${heading}\n`);
  const [body = ''] = section.split('\n## ');
  return [...body.matchAll(/^\| `([^`]+)` \|/gm)].map(([, first = '']) => first);
}

describe('docs/identity-headers.md', () => {
  it.each(Object.entries(PRESETS))('has a row for every header of %s', (preset, headers) => {
    expect(rowsOf(`\`${preset}\``)).toEqual(headers.map(({ name }) => name));
  });

  it('has a row for every field of a map', () => {
    const checked = settingsSchema.safeParse({ identityHeaders: { 'X-Name': 'none of them' } });
    const [, list = ''] =
      /^must be (.*) or claims\.<name>/.exec(checked.error?.issues[0]?.message ?? '') ?? [];
    expect(rowsOf('A map')).toEqual([...list.split(', '), 'claims.<name>']);
  });

  it('has examples that the settings take', () => {
    const examples = [...PAGE.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => parse(text));
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(settingsSchema.safeParse(example).success).toBe(true);
  });
});
