import type { ProxyName } from './check.ts';
import type { Finding, Report, Result } from './examine.ts';
import type { Probe } from './probe.ts';

const MARKS: Readonly<Record<Result['outcome'], string>> = {
  ok: 'ok',
  bad: 'BAD',
  note: 'note',
  unclear: '?',
  skipped: '-',
};

const MAX_FINDINGS = 3;
const MAX_HEADERS = 2;
const MAX_ARRIVED = 120;

/** For people: a line a check, and below one that is wrong what was sent, what arrived, and what mends it. */
export function printReport({ results }: Report, proxy: ProxyName | 'any'): string {
  return results.map((result) => printResult(result, proxy)).join('');
}

function printResult({ check, outcome, findings, why }: Result, proxy: ProxyName | 'any'): string {
  const head = `${MARKS[outcome].padEnd(4)} ${check.title}${why === undefined ? '' : ` (${why})`}\n`;
  if (findings.length === 0) return head;
  const shown = findings.slice(0, MAX_FINDINGS).map(printFinding).join('');
  const more = findings.length - MAX_FINDINGS;
  const rest = more > 0 ? `       and ${more} more like it (--json has all)\n` : '';
  return `${head}${shown}${rest}       mend (${proxy}): ${check.mend[proxy]}\n`;
}

function printFinding({ sent, arrived }: Finding): string {
  return `       sent     ${clean(describe(sent, MAX_HEADERS))}\n       arrived  ${clip(clean(arrived))}\n`;
}

function describe({ method, target, headers }: Probe, most: number): string {
  const shown = headers.slice(0, most).map(([name, value]) => `${name}: ${value}`.trimEnd());
  const more = headers.length - shown.length;
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  return `${method} ${target}${all.length === 0 ? '' : ` with ${all.join(', ')}`}`;
}

/** The answer repeats what was sent, and some of that is made to be strange. */
function clean(text: string): string {
  return text.replaceAll(/[^ -~]/g, '\ufffd');
}

const clip = (text: string) => (text.length > MAX_ARRIVED ? `${text.slice(0, MAX_ARRIVED)}…` : text);

/** The same as data, whole. */
export function reportAsData(url: string, { results }: Report, proxy: ProxyName | 'any') {
  return {
    url,
    proxy,
    checks: results.map(({ check, outcome, findings, why }) => ({
      id: check.id,
      title: check.title,
      outcome,
      ...(why !== undefined && { why }),
      findings: findings.map(({ sent, arrived }) => ({ sent, arrived })),
      ...(findings.length > 0 && { mend: check.mend[proxy] }),
    })),
  };
}
