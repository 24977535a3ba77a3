import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../machine.ts';
import type { FaultFigures } from './disturb.ts';
import { type Growth, hasGrown, JUDGED_MINUTES, RESOURCES } from './resources.ts';

export type SoakReport = {
  readonly at: string;
  readonly machine: Machine;
  readonly minutes: number;
  readonly seed: number;
  readonly askedPerSecond: number;
  readonly answeredPerSecond: number;
  readonly skipped: number;
  readonly broken: number;
  readonly statuses: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly calm: { readonly answers: number; readonly unavailable: number };
  readonly changes: Readonly<Record<string, number>>;
  readonly calls: { readonly calls: number; readonly refused: number };
  readonly faults: Readonly<Record<string, FaultFigures>>;
  /** In milliseconds. */
  readonly staleness: { readonly calm: number; readonly fault: number };
  readonly logLines: number;
  readonly growth: readonly Growth[];
  readonly breachCount: number;
  readonly breaches: readonly string[];
};

const FOLDER = join(import.meta.dirname, '..');

/** Figures for programs, and a page to be kept. Gives the path of the page. */
export function writeSoakReport(report: SoakReport): string {
  mkdirSync(join(FOLDER, 'results'), { recursive: true });
  mkdirSync(join(FOLDER, 'reports'), { recursive: true });
  writeFileSync(join(FOLDER, 'results/soak.json'), `${JSON.stringify(report, null, 2)}\n`);
  const path = join(FOLDER, 'reports/soak.md');
  writeFileSync(path, printReport(report));
  return path;
}

export function printReport(report: SoakReport): string {
  return `${[headOf(report), answersOf(report), faultsOf(report), resourcesOf(report)].join('\n\n')}\n`;
}

function headOf({ at, machine, minutes, seed, breachCount, breaches }: SoakReport): string {
  const { cpu, cores, system, versions, loadAverage } = machine;
  const verdict = breachCount === 0 ? 'Nothing was breached.' : `**${breachCount} breaches:**`;
  return [
    '# The soak (DOS-12)',
    '',
    `${at}, ${minutes} minutes, seed ${seed}. Postern ${versions.postern}, Node ${versions.node}, ${versions.redis}.`,
    `${cpu}, ${cores} cores, ${system}, load ${loadAverage[0]?.toFixed(2)} at the beginning.`,
    '',
    verdict,
    ...(breachCount === 0 ? [] : ['', ...breaches.map((breach) => `- ${breach}`)]),
  ].join('\n');
}

function answersOf(report: SoakReport): string {
  const { askedPerSecond, answeredPerSecond, skipped, broken, statuses, calm, staleness } = report;
  const { changes, calls, logLines } = report;
  const counted = (status: string) => (of: Readonly<Record<string, number>>) => String(of[status] ?? 0);
  const columns = ['200', '401', '503'];
  return [
    '## Answers',
    '',
    `Asked ${askedPerSecond} times a second, answered ${answeredPerSecond.toFixed(0)}; ${skipped} were not asked since all connections waited, and ${broken} connections broke.`,
    `While nothing was wrong, ${calm.unavailable} of ${calm.answers} were 503.`,
    '',
    table(
      ['asked with', ...columns],
      Object.entries(statuses).map(([kind, of]) => [kind, ...columns.map((status) => counted(status)(of))]),
    ),
    '',
    `From an acknowledged end to the last allow: ${staleness.calm.toFixed(0)} ms at most while nothing was wrong (1,000 is the limit), ${staleness.fault.toFixed(0)} ms with a fault (5,000).`,
    '',
    `Changes: ${Object.entries(changes)
      .map(([name, times]) => `${name} ${times}`)
      .join(
        ', ',
      )}; ${calls.refused} of ${calls.calls} calls were refused or not answered. ${logLines} lines of log.`,
  ].join('\n');
}

function faultsOf({ faults }: SoakReport): string {
  const rows = Object.entries(faults).map(([kind, { times, longestRecovery }]) => [
    kind,
    String(times),
    longestRecovery.toFixed(0),
  ]);
  return `## Faults\n\n${table(['fault', 'times', 'last 503 after it, ms at most'], rows)}`;
}

function resourcesOf({ growth, minutes }: SoakReport): string {
  const rows = growth.map((one) => [
    `${one.replica}: ${one.resource}`,
    ...[one.first, one.second, one.last, one.perHour].map((value) => value.toFixed(1)),
    `+${RESOURCES[one.resource]}${hasGrown(one) ? ', grown' : ''}`,
  ]);
  const note = minutes < JUDGED_MINUTES ? `\n\nUnder ${JUDGED_MINUTES} minutes it is not judged.` : '';
  const head = ['replica', 'at first', 'second quarter', 'last quarter', 'an hour, by its slope', 'limit'];
  return `## What the replicas hold\n\n${table(head, rows)}${note}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
