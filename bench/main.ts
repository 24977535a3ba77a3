import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBench } from './bench.ts';
import type { Case } from './case.ts';
import { BY_NAME, CASES } from './cases/cases.ts';
import { createLoad } from './load/load.ts';
import { describeMachine, type Machine } from './machine.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { createProcesses, findPinning, isInstalled, keepAside, killAll, run } from './processes.ts';
import { startRedis } from './redis.ts';
import { writeReport } from './report.ts';
import { type Outcome, printTable } from './table.ts';

const root = join(import.meta.dirname, '..');

/** What a run has from its beginning to its end. */
async function prepare(options: Options, folder: string) {
  const pinning = findPinning();
  if (pinning !== undefined) keepAside(pinning);
  const bundleFolder = join(folder, 'bundle');
  const rolldown = join(root, 'node_modules/rolldown/bin/cli.mjs');
  const config = join(root, 'rolldown.config.js');
  await run(process.execPath, [rolldown, '--config', config, '--dir', bundleFolder, '--cwd', root]);
  const hasWrk = isInstalled('wrk', '-v');
  const servers = createProcesses(pinning);
  const store = await startRedis(servers, folder);
  const machine = describeMachine(pinning, hasWrk ? 'wrk' : 'our own loop');
  return {
    options,
    pinning,
    hasWrk,
    store,
    storeDied: servers.died,
    machine,
    bundle: join(bundleFolder, 'postern.js'),
  };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

async function runCase(found: Case, prepared: Prepared, parent: string): Promise<Outcome> {
  const processes = createProcesses(prepared.pinning);
  const folder = join(parent, found.id);
  await mkdir(folder);
  const remarks: string[] = [];
  const { options, hasWrk, storeDied } = prepared;
  const load = createLoad({ ...options, hasWrk, folder, remark: (text) => remarks.push(text) });
  try {
    const running = found.run(createBench({ ...prepared, load, processes, folder }));
    return { found, rows: await Promise.race([running, processes.died, storeDied]), remarks };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    tell(failure);
    return { found, rows: [], remarks, failure };
  } finally {
    await processes.stopAll();
  }
}

/** Gives whether all went as it should; a figure that was missed is no failure. */
async function runAll(cases: readonly Case[], options: Options, folder: string): Promise<boolean> {
  const at = new Date();
  const prepared = await prepare(options, folder);
  tell(describe(prepared.machine));
  const outcomes: Outcome[] = [];
  let path = '';
  for (const found of cases) {
    tell(`${found.id}: ${found.title}${options.short && found.leftOut ? `; without ${found.leftOut}` : ''}`);
    outcomes.push(await runCase(found, prepared, folder));
    path = await writeReport(prepared.machine, options, outcomes, at);
  }
  prepared.store.close();
  process.stdout.write(`\n${printTable(outcomes)}\n`);
  tell(`Each round's figures are in ${path}`);
  return outcomes.every(({ failure }) => failure === undefined);
}

function choose({ ids, short }: Options): readonly Case[] {
  if (ids.length === 0) {
    const left = CASES.filter(({ isLong = false }) => short && isLong);
    if (left.length > 0) tell(`Left out: ${left.map(({ id }) => id).join(', ')}`);
    return CASES.filter((found) => !left.includes(found));
  }
  const asked = new Set(ids.map((id) => id.toLowerCase()));
  const found = [...CASES, ...BY_NAME].filter(({ id }) => asked.delete(id.toLowerCase()));
  const [unknown] = asked;
  if (unknown !== undefined) throw new Error(`there is no case ${unknown}\n\n${USAGE}`);
  return found;
}

function describe({ cpu, cores, pinning, generator, loadAverage }: Machine): string {
  const where =
    pinning === undefined
      ? 'nothing is pinned'
      : `measured on core ${pinning.measured}, asked from ${pinning.load}`;
  return `${cpu}, ${cores} cores, load ${loadAverage[0]?.toFixed(2)}; ${where}; by ${generator}`;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
process.on('exit', () => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
try {
  const options = readOptions(process.argv.slice(2));
  process.exit((await runAll(choose(options), options, folder)) ? 0 : 1);
} catch (error) {
  tell(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
