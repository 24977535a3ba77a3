import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { parseAst } from 'rolldown/parseAst';
import { afterEach, describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

type Literal = { readonly file: string; readonly pattern: string; readonly flags: string };

/** Every regular expression that is written in the sources, found by a parser. */
function literalsIn(file: string): Literal[] {
  const found: Literal[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('regex' in node && isLiteral(node.regex)) {
      const { pattern, flags } = node.regex;
      found.push({ file, pattern, flags });
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseAst(readFileSync(join(SRC, file), 'utf8'), { lang: 'ts' }));
  return found;
}

function isLiteral(regex: unknown): regex is Omit<Literal, 'file'> {
  return typeof Object(regex).pattern === 'string' && typeof Object(regex).flags === 'string';
}

const LENGTH = 100_000;

/**
 * Texts of 100 KB that make an expression try again and again: of each character that it names or a class of it may
 * hold, and of two in turn, behind what it begins with, and before what lets it fail at the end.
 */
function pumpsFor({ pattern }: Pick<Literal, 'pattern'>): string[] {
  const named = [...new Set(pattern.replaceAll(/\\[bBdDsSwWpPux]/g, '').replaceAll(/[\\^$|()[\]{}*?]/g, ''))];
  const units = [
    ...new Set([...named, 'a', 'A', '0', ' ', '-', '_', '.', '/', ':', '%', '"', '\\', '\u00e9']),
  ];
  const pairs = units.flatMap((unit) => ['.', '-', '/', '\\', '%2', 'a'].map((other) => unit + other));
  const heads = ['', ...headsOf(pattern)];
  return [...units, ...pairs].flatMap((unit) =>
    heads.flatMap((head) => ['', '\n\0'].map((tail) => head + unit.repeat(LENGTH / unit.length) + tail)),
  );
}

/** The plain text that an expression begins with, if any. */
function headsOf(pattern: string): string[] {
  const [, head = ''] = /^\^?((?:\\[/.]|[A-Za-z0-9 :/<>="-])+)/.exec(pattern) ?? [];
  return head === '' ? [] : [head.replaceAll('\\', '')];
}

/** As the sources use them: one that is global goes on after each match. */
const WORK = `
  const { parentPort, workerData: { pattern, flags } } = require('node:worker_threads');
  parentPort.on('message', (text) => {
    const regex = new RegExp(pattern, flags);
    if (regex.global) text.replaceAll(regex, '');
    else regex.exec(text);
    parentPort.postMessage('done');
  });
`;
/**
 * For one text. What is linear takes a millisecond, what is quadratic some 10 s and what is worse no end: any bound
 * between tells them apart, however busy the machine is.
 */
const BOUND_MILLISECONDS = 3_000;

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** The first text that it does not come to an end with. */
async function hangsOn(literal: Pick<Literal, 'pattern' | 'flags'>): Promise<string | undefined> {
  const { pattern, flags } = literal;
  const worker = new Worker(WORK, { eval: true, workerData: { pattern, flags } });
  workers.push(worker);
  for (const text of pumpsFor(literal)) {
    const done = new Promise<boolean>((resolve) => worker.once('message', () => resolve(true)));
    worker.postMessage(text);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, BOUND_MILLISECONDS, false);
    });
    const isDone = await Promise.race([done, late]);
    clearTimeout(timer);
    if (!isDone) return text.slice(0, 20);
  }
  return undefined;
}

/** What never meets a text that a client wrote: it runs on the administrator's own machine, on his own settings. */
const NO_CLIENT = /^(?:cli|doctor|config)\//;

describe('DOS-09 every regular expression of the sources', () => {
  const files = globSync('**/*.ts', { cwd: SRC }).filter((file) => !NO_CLIENT.test(file));
  const literals = files.flatMap(literalsIn);

  it('is found', () => {
    expect(literals.length).toBeGreaterThan(40);
    expect(literals).toContainEqual(expect.objectContaining({ file: 'lib/http-server.ts' }));
    const made = files.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('RegExp('));
    expect(made).toEqual([]);
  });

  it.each(literals)(
    'comes to an end at once with 100 KB of anything: $file /$pattern/$flags',
    async (literal) => {
      expect(await hangsOn(literal)).toBeUndefined();
    },
  );

  it.each(['^(a+)+$', '\\s+$'])('and /%s/ would not', async (pattern) => {
    expect(await hangsOn({ pattern, flags: '' })).toBeDefined();
  });
});
