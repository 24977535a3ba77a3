import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMet } from './case.ts';
import type { Machine } from './machine.ts';
import { summarize } from './measure/statistics.ts';
import type { Options } from './options.ts';
import type { Outcome } from './table.ts';

const FOLDER = join(import.meta.dirname, 'results');

/** Each round's figures, and whatever one needs to say what they are of. Gives the path. */
export async function writeReport(
  machine: Machine,
  options: Options,
  outcomes: readonly Outcome[],
  at: Date,
): Promise<string> {
  const cases = outcomes.map(({ found: { id, title, figure, leftOut }, rows, remarks, failure }) => ({
    id,
    title,
    figure,
    ...(options.short && leftOut !== undefined && { leftOut }),
    ...(failure !== undefined && { failure }),
    remarks,
    rows: rows.map((row) => {
      const summary = summarize(row.values);
      return { ...row, ...summary, ...(row.limit && { met: isMet(summary.median, row.limit) }) };
    }),
  }));
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, 'latest.json');
  await writeFile(path, `${JSON.stringify({ at: at.toISOString(), machine, options, cases }, null, 2)}\n`);
  return path;
}
