import { describe, expect, it } from 'vitest';
import type { Case, Row } from '../../bench/case.ts';
import { CASES } from '../../bench/cases/cases.ts';
import { readOptions } from '../../bench/options.ts';
import { compared } from '../../bench/rows.ts';
import { printTable } from '../../bench/table.ts';

describe('the cases', () => {
  it('are the floors, the ceiling, P1 to P13 and DOS-05, each once and with what it has to reach', () => {
    const ids = CASES.map(({ id }) => id);
    const numbered = Array.from({ length: 13 }, (_, index) => `P${index + 1}`);
    const judged = [...numbered, 'DOS-05'];
    expect(ids.filter((id) => id !== 'P1i')).toEqual(['F1', 'F2', 'C1', ...judged]);
    for (const { id, figure } of CASES.filter(({ id }) => judged.includes(id))) {
      expect(figure, id).toMatch(/at (?:least|most)|less than/);
    }
  });
});

describe('the options', () => {
  it('are five rounds of everything unless told otherwise, and fewer and shorter ones where it is to be short', () => {
    const [long, short] = [readOptions([]), readOptions(['P1', '--short'])];
    expect(long).toMatchObject({ ids: [], short: false, rounds: 5, minutes: 10 });
    expect(short).toMatchObject({ ids: ['P1'], short: true, rounds: 2 });
    expect(short.seconds).toBeLessThan(long.seconds);
    expect(readOptions(['--rounds', '9', '--minutes', '60'])).toMatchObject({ rounds: 9, minutes: 60 });
    expect(readOptions(['soak', '--seed', '7'])).toMatchObject({ ids: ['soak'], seed: 7 });
  });

  it.each([
    ['--rouns', '5'],
    ['--rounds', '0'],
    ['--minutes', 'many'],
  ])('%s %s is refused', (...args) => {
    expect(() => readOptions(args)).toThrow();
  });
});

describe('the table', () => {
  const found: Case = { id: 'P1', title: 'cookie', figure: 'at least 0.85', run: async () => [] };
  const row = (values: readonly number[]): Row => ({
    what: 'to F1',
    unit: 'times',
    values,
    limit: { atLeast: 0.85 },
  });

  it('has the median of the ratios of each round, their spread, and what is to be reached', () => {
    const sides = { postern: [90, 160, 70], floor: [100, 200, 100] };
    const rows = [compared({ what: 'to F1', sides, of: 'postern', to: 'floor', limit: { atLeast: 0.75 } })];
    const table = printTable([{ found, rows, remarks: [] }]);
    expect(table).toMatch(/^P1 +to F1 +0\.80 times +0\.70 – 0\.90 +≥ 0\.75 +met$/m);
  });

  it('says what was missed by its median, and what was not measured since something was wrong', () => {
    const print = (values: readonly number[]) =>
      printTable([{ found, rows: [row(values)], remarks: ['odd'] }]);
    expect(print([0.9, 0.84, 0.83])).toMatch(/MISSED$/m);
    expect(print([0.1, 0.9, 0.9])).toMatch(/met\n\nP1: odd$/);
    const failed = printTable([{ found, rows: [], remarks: [], failure: 'a server ended\nand said this' }]);
    expect(failed).toMatch(/^P1 +cookie +FAILED: a server ended$/m);
  });
});
