import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const flagsOf = (words: readonly string[]) => words.filter((word) => word.startsWith('--'));

it('however it is started, the runtime is given the same flags', () => {
  const [shebang = ''] = read('bin/postern.js').split('\n', 1);
  const { scripts } = parse(read('package.json'));
  const entryPoint = /^ENTRYPOINT (.*)$/m.exec(read('Dockerfile'))?.[1] ?? '';
  const flags = flagsOf(shebang.split(' '));
  expect(flags).toHaveLength(1);
  expect(flagsOf(String(scripts.start).split(' '))).toEqual(flags);
  expect(flagsOf(parse(entryPoint))).toEqual(flags);
});
