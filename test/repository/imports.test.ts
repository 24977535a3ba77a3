import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

type Allowed = {
  readonly folders: readonly string[];
  /** Of these types, and nothing else. */
  readonly typesOf?: readonly string[];
  readonly packages: readonly string[];
};

/** Which folder of `src` may import which others, and which packages. What stands at the top composes, and may all. */
const RULES: Record<string, Allowed> = {
  lib: { folders: [], packages: [] },
  decision: { folders: ['lib'], packages: [] },
  proxy: { folders: ['decision', 'lib'], packages: [] },
  registry: { folders: ['decision', 'lib'], packages: [] },
  oauth: { folders: ['oauth/keys', 'oauth/jwt', 'registry', 'decision', 'lib'], packages: ['hono', 'jose'] },
  'oauth/keys': { folders: ['oauth', 'registry', 'decision', 'lib'], packages: ['jose'] },
  'oauth/jwt': { folders: ['oauth', 'registry', 'decision', 'lib'], packages: ['jose'] },
  management: {
    folders: ['oauth', 'oauth/keys', 'registry', 'decision', 'lib'],
    packages: ['hono', 'zod', 'cookie'],
  },
  // What a rule may say is the core's to know.
  config: { folders: ['decision', 'lib'], packages: ['yaml', 'zod'] },
  // It probes a proxy from outside, and knows of ours only what applications believe.
  doctor: { folders: ['doctor/checks', 'proxy', 'lib'], packages: ['zod'] },
  'doctor/checks': { folders: ['doctor', 'lib'], packages: [] },
  // It talks to a server over HTTP, and to no store. What the server answers is parsed, so zod.
  cli: { folders: ['doctor', 'config', 'lib'], packages: ['zod'] },
  // What happens elsewhere, as it is told: their types, and nothing that they do.
  telemetry: {
    folders: ['lib'],
    typesOf: ['proxy', 'oauth', 'management', 'store', 'store/near'],
    packages: ['pino', 'prom-client'],
  },
  store: { folders: ['store/near', 'decision', 'lib'], packages: ['zod', 'rate-limiter-flexible'] },
  // What is held in memory: of the core it knows what a session is, and the core knows nothing of it.
  'store/near': { folders: ['decision', 'lib'], packages: [] },
  'store/redis': {
    folders: ['store', 'store/near', 'decision', 'lib'],
    packages: ['ioredis', 'rate-limiter-flexible'],
  },
  'store/sqlite': { folders: ['store', 'decision', 'lib'], packages: ['rate-limiter-flexible'] },
};

/** A port belongs to the folder that it serves: the store may know its types, and nothing else of it. */
const PORTS = ['management/ports.ts', 'oauth/ports.ts', 'registry/ports.ts', 'registry/registry.ts'];

type Import = { readonly file: string; readonly from: string; readonly typesOnly: boolean };

const files = globSync('**/*.ts', { cwd: SRC });
const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(SRC, file), 'utf8');
  const statements = text.matchAll(
    /^(?:import|export) (type )?[^;]*? from '([^']+)';|^import '([^']+)';|\bimport\('([^']+)'\)/gm,
  );
  return [...statements].map(([, type, from, bare, dynamic]) => ({
    file,
    from: from ?? bare ?? dynamic ?? '',
    typesOnly: type !== undefined,
  }));
});

function folderOf(file: string): string {
  const parts = file.split('/').slice(0, -1);
  return parts.slice(0, 2).join('/');
}

function faultOf({ file, from, typesOnly }: Import): string | undefined {
  const folder = folderOf(file);
  const rule = RULES[folder];
  if (folder === '' || from.startsWith('node:')) return undefined;
  if (rule === undefined) return `${file}: the folder ${folder} has no rule`;
  if (!from.startsWith('.')) {
    const name = from.startsWith('@') ? from.split('/').slice(0, 2).join('/') : from.split('/')[0];
    return rule.packages.includes(name ?? '') ? undefined : `${file} imports the package ${from}`;
  }
  const target = join(dirname(file), from);
  if (folderOf(target) === folder || rule.folders.includes(folderOf(target))) return undefined;
  if (typesOnly && rule.typesOf?.includes(folderOf(target))) return undefined;
  const isPort = folder.startsWith('store') && PORTS.includes(target) && typesOnly;
  return isPort ? undefined : `${file} imports ${target}`;
}

describe('who imports whom', () => {
  it('is as the rules say, and nowhere else', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.flatMap((found) => faultOf(found) ?? [])).toEqual([]);
  });

  it('the rules would notice', () => {
    const wrong: Import[] = [
      { file: 'decision/decide.ts', from: '../store/row.ts', typesOnly: false },
      { file: 'decision/decide.ts', from: 'hono', typesOnly: false },
      { file: 'lib/clock.ts', from: '../decision/session.ts', typesOnly: true },
      { file: 'store/sqlite/open.ts', from: 'ioredis', typesOnly: false },
      { file: 'store/run.ts', from: '../management/ports.ts', typesOnly: false },
      { file: 'telemetry/store.ts', from: '../store/run.ts', typesOnly: false },
      { file: 'other/new.ts', from: 'zod', typesOnly: false },
    ];
    for (const found of wrong) expect(faultOf(found)).toBeDefined();
  });
});

describe('what only one file does', () => {
  const filesWith = (pattern: RegExp) =>
    files.filter((file) => pattern.test(readFileSync(join(SRC, file), 'utf8')));

  it.each([
    ['reads the environment', /process\.env|node:process|globalThis\.process|env } = process/, ['main.ts']],
    ['reads the clock', /Date\.now|new Date|performance\.now|hrtime/, ['lib/clock.ts']],
    ["knows the Redis client's reply errors", /ReplyError/, ['store/redis/errors.ts']],
    ['builds keys of the store', /:session:/, ['store/redis/keys.ts']],
  ])('%s', (_, pattern, expected) => {
    expect(filesWith(pattern)).toEqual(expected);
  });
});

describe('the size of a file', () => {
  it('is under 200 lines for nine in ten, and never over 300', () => {
    const root = join(SRC, '..');
    const sources = globSync('{src,test,bin,bench}/**/*.{ts,js}', { cwd: root });
    const lengths = sources.map((file) => readFileSync(join(root, file), 'utf8').split('\n').length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(300);
    expect(lengths.filter((length) => length < 200).length / lengths.length).toBeGreaterThan(0.9);
  });
});
