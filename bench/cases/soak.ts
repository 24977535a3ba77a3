import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { Case, Row } from '../case.ts';
import { describeMachine } from '../machine.ts';
import { createRandom } from '../measure/zipf.ts';
import { createApi } from '../soak/api.ts';
import { type Asking, startAsking } from '../soak/asking.ts';
import { change } from '../soak/changes.ts';
import { disturb } from '../soak/disturb.ts';
import { STALENESS } from '../soak/judge.ts';
import { type Logs, readLogs } from '../soak/logs.ts';
import { drawAsked, requestOf } from '../soak/questions.ts';
import { createRecord, type Seen } from '../soak/record.ts';
import { type SoakReport, writeSoakReport } from '../soak/report.ts';
import { type Growth, growthOf, hasGrown, JUDGED_MINUTES, watchResources } from '../soak/resources.ts';
import { type Site, startSite } from '../soak/site.ts';
import { createWeather } from '../soak/weather.ts';
import { createWorld, type World } from '../soak/world.ts';

/** Of each replica. */
const PER_SECOND = 150;
/** Until all of the greeting is printed. */
const SETTLE_MILLISECONDS = 1_000;
/** Of 503 while nothing is wrong: a busy machine has a few. */
const FEW = 0.01;

export const SOAK: Case = {
  id: 'soak',
  title: 'DOS-12: two replicas on a Redis that fails again and again',
  figure: 'no wrong answer, no exit, at most 2 s to get over each fault',
  run: async (bench) => {
    const { minutes, seed } = bench.options;
    process.stderr.write(`soak: ${minutes} minutes, seed ${seed}\n`);
    const site = await startSite(bench);
    await sleep(SETTLE_MILLISECONDS);
    const report = await soak(bench, site);
    // At once, with nothing to wait for: where a replica died, the whole run is about to end.
    process.stderr.write(`soak: the report is ${writeSoakReport(report)}\n`);
    await site.close();
    if (report.breachCount > 0)
      throw new Error(`${report.breachCount} breaches, the first: ${report.breaches[0]}`);
    return rowsOf(report);
  },
};

async function soak(bench: Bench, site: Site): Promise<SoakReport> {
  const machine = describeMachine(undefined, 'our own loop');
  const at = new Date().toISOString();
  const { minutes, seed } = bench.options;
  const logsFromNow = readLogs(bench.folder);
  const [world, weather] = [createWorld(), createWeather()];
  const seen = createRecord(weather, site.replicas.length);
  const api = createApi(seen.breach);
  const over = new AbortController();
  const startedAt = performance.now();
  const timer = setTimeout(() => over.abort(), minutes * 60_000);
  const askings = startAskings(site, world, seen, seed);
  const ended = Promise.all([
    change({ site, world, api, random: createRandom(seed + 1) }, over.signal),
    disturb({ site, world, weather, seen, random: createRandom(seed) }, over.signal),
    watchResources(site.replicas, askings, seen, over.signal),
  ]);
  // One that died is a breach of its own, and there is nothing more to ask.
  const failed = (error: unknown): [] => {
    seen.breach(String(error));
    over.abort();
    return [];
  };
  const [changes = {}, faults = {}, samples = []] = await Promise.race([ended, bench.processes.died]).catch(
    failed,
  );
  clearTimeout(timer);
  for (const { stop } of askings) stop();
  const growth = growthOf(samples);
  const logs = logsFromNow();
  judgeWhole(seen, minutes, growth, logs);
  return {
    ...{ at, machine, minutes, seed, changes, faults, growth, calls: api.counts, logLines: logs.lines },
    ...figuresOf(seen, askings, performance.now() - startedAt),
  };
}

/** What no single answer shows. */
function judgeWhole(seen: Seen, minutes: number, growth: readonly Growth[], logs: Logs): void {
  if (minutes >= JUDGED_MINUTES)
    for (const grown of growth.filter(hasGrown))
      seen.breach(`replica ${grown.replica}: ${grown.resource} has grown`);
  for (const breach of logs.breaches) seen.breach(breach);
  const { calmAnswers: answers, calmUnavailable: unavailable } = seen.counts;
  if (unavailable > FEW * answers)
    seen.breach(`${unavailable} of ${answers} were 503 while nothing was wrong`);
}

function startAskings({ replicas }: Site, world: World, seen: Seen, seed: number): Asking[] {
  const random = createRandom(seed + 2);
  return replicas.map(({ ports: { decision } }, place) =>
    startAsking(decision, PER_SECOND, () => {
      const asked = drawAsked(world, random);
      return {
        request: requestOf(decision, asked),
        answered: (reply, sentAt) => seen.answered(place, asked, reply, sentAt),
      };
    }),
  );
}

function figuresOf(seen: Seen, askings: readonly Asking[], milliseconds: number) {
  const sum = (of: (asking: Asking) => number) => askings.reduce((total, asking) => total + of(asking), 0);
  const { answers, calmAnswers, calmUnavailable } = seen.counts;
  return {
    askedPerSecond: PER_SECOND * askings.length,
    answeredPerSecond: (answers * 1000) / milliseconds,
    skipped: sum(({ skipped }) => skipped()),
    broken: sum(({ broken }) => broken()),
    statuses: seen.statuses,
    calm: { answers: calmAnswers, unavailable: calmUnavailable },
    staleness: seen.staleness,
    breachCount: seen.breachCount(),
    breaches: seen.breaches,
  };
}

function rowsOf({ faults, staleness }: SoakReport): Row[] {
  const recoveries = Object.values(faults).map(({ longestRecovery }) => longestRecovery);
  const ms = (what: string, value: number, atMost: number): Row => ({
    what,
    unit: 'ms',
    values: [value],
    limit: { atMost },
  });
  return [
    ms('the last 503 after a fault', Math.max(0, ...recoveries), 2_000),
    ms('the last allow after an end, nothing wrong', staleness.calm, STALENESS.calm),
    ms('the last allow after an end, with a fault', staleness.fault, STALENESS.fault),
  ];
}
