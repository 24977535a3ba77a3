import { type Case, isMet, type Limit, type Row, type Unit } from './case.ts';
import { summarize } from './measure/statistics.ts';

export type Outcome = {
  readonly found: Case;
  readonly rows: readonly Row[];
  /** What was odd about its measurements, which count all the same. */
  readonly remarks: readonly string[];
  /** What was wrong, where nothing was measured. */
  readonly failure?: string;
};

const HEAD = ['case', 'what', 'median', 'min – max', 'to reach', ''];

/** For a terminal: what is missed says so. */
export function printTable(outcomes: readonly Outcome[]): string {
  const lines = outcomes.flatMap(({ found, rows, failure }) =>
    failure === undefined ? rows.map((row) => cellsOf(found, row)) : [failedCells(found, failure)],
  );
  const all = [HEAD, ...lines];
  const widths = HEAD.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const print = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [print(HEAD), rule, ...lines.map(print), '', ...notesOf(outcomes)].join('\n');
}

/** Something was wrong, and nothing was measured. */
function failedCells({ id, title }: Case, failure: string): string[] {
  return [id, title, '', '', '', `FAILED: ${failure.split('\n', 1)[0]}`];
}

function cellsOf({ id }: Case, { what, values, unit, limit }: Row): string[] {
  const { median, min, max } = summarize(values);
  const spread = values.length === 1 ? '' : `${printValue(min, unit)} – ${printValue(max, unit)}`;
  const verdict = limit === undefined ? '' : isMet(median, limit) ? 'met' : 'MISSED';
  return [id, what, `${printValue(median, unit)} ${unit}`, spread, printLimit(limit, unit), verdict];
}

function printLimit(limit: Limit | undefined, unit: Unit): string {
  if (limit === undefined) return '';
  return 'atLeast' in limit ? `≥ ${printValue(limit.atLeast, unit)}` : `≤ ${printValue(limit.atMost, unit)}`;
}

const DIGITS: Record<Unit, number> = { times: 2, 'a second': 0, ms: 2, MB: 1, commands: 2 };

function printValue(value: number, unit: Unit): string {
  return value.toFixed(DIGITS[unit]);
}

function notesOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap(({ found, rows, remarks }) => [
    ...rows.flatMap(({ what, note }) => (note === undefined ? [] : [`${found.id}, ${what}: ${note}`])),
    ...remarks.map((remark) => `${found.id}: ${remark}`),
  ]);
}
