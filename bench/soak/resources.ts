import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { summarize } from '../measure/statistics.ts';
import type { Asking } from './asking.ts';
import type { Seen } from './record.ts';
import type { Replica } from './site.ts';

export const SAMPLE_MILLISECONDS = 5_000;
/** Shorter, and what is seen is how the runtime's heap finds its size. */
export const JUDGED_MINUTES = 10;
const MOST_WAIT = 10_000;

/** By how much the last quarter of a run may be above the second, by their medians. */
export const RESOURCES = {
  'RSS, MB': 15,
  'heap, MB': 10,
  'open files': 10,
  'active handles': 10,
  timers: 10,
} as const;

export type Resource = keyof typeof RESOURCES;
export type Sample = Readonly<Record<Resource, number>>;

export type Growth = {
  readonly replica: number;
  readonly resource: Resource;
  readonly first: number;
  readonly second: number;
  readonly last: number;
  readonly perHour: number;
};

/** What each replica holds, every few seconds until it is over. */
export async function watchResources(
  replicas: readonly Replica[],
  askings: readonly Asking[],
  seen: Seen,
  over: AbortSignal,
): Promise<Sample[][]> {
  const samples: Sample[][] = replicas.map(() => []);
  while (!over.aborted) {
    for (const [place, replica] of replicas.entries()) {
      const sample = await sampleOf(replica);
      if (sample !== undefined) samples[place]?.push(sample);
    }
    for (const { longestWait } of askings) {
      if (longestWait() > MOST_WAIT) seen.breach(`no answer came for ${Math.round(longestWait())} ms`);
    }
    await sleep(SAMPLE_MILLISECONDS, undefined, { signal: over }).catch(() => undefined);
  }
  return samples;
}

/** Undefined where it was too busy to tell. */
async function sampleOf({ pid, ports }: Replica): Promise<Sample | undefined> {
  const metrics = await fetch(`http://127.0.0.1:${ports.admin}/metrics`, {
    signal: AbortSignal.timeout(SAMPLE_MILLISECONDS),
  })
    .then((response) => (response.ok ? response.text() : undefined))
    .catch(() => undefined);
  if (metrics === undefined) return undefined;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    'RSS, MB': (numberIn(status, /^VmRSS:\s+(\d+) kB$/m) * 1024) / 1_000_000,
    'heap, MB': numberIn(metrics, /^nodejs_heap_size_used_bytes (\S+)/m) / 1_000_000,
    'open files': readdirSync(`/proc/${pid}/fd`).length,
    'active handles': numberIn(metrics, /^nodejs_active_handles_total (\S+)/m),
    timers: timersIn(metrics),
  };
}

/** Those that keep the process alive: the runtime tells of no others. Where there are none, it may leave out their line. */
export function timersIn(metrics: string): number {
  numberIn(metrics, /^nodejs_active_resources_total (\S+)/m);
  return Number(/^nodejs_active_resources\{type="Timeout"\} (\S+)/m.exec(metrics)?.[1] ?? 0);
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`nothing says ${pattern.source}`);
  return Number(found);
}

/** Of each resource of each replica; none where a run ended before there were quarters. */
export function growthOf(samples: readonly (readonly Sample[])[]): Growth[] {
  if (samples.some(({ length }) => length < 4)) return [];
  return samples.flatMap((ofReplica, place) =>
    resourceNames().map((resource) => {
      const values = ofReplica.map((sample) => sample[resource]);
      const quarter = Math.floor(values.length / 4);
      const median = (some: readonly number[]) => summarize(some).median;
      return {
        replica: place + 1,
        resource,
        first: median(values.slice(0, 1)),
        second: median(values.slice(quarter, 2 * quarter)),
        last: median(values.slice(-quarter)),
        perHour: (slopeOf(values.slice(quarter)) * 3_600_000) / SAMPLE_MILLISECONDS,
      };
    }),
  );
}

export function hasGrown({ resource, second, last }: Growth): boolean {
  return last - second > RESOURCES[resource];
}

function resourceNames(): Resource[] {
  return ['RSS, MB', 'heap, MB', 'open files', 'active handles', 'timers'];
}

/** A sample, by least squares. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [over, under] = values.reduce(
    ([top, bottom], value, place) => [
      top + (place - middle) * (value - mean),
      bottom + (place - middle) ** 2,
    ],
    [0, 0],
  );
  return under === 0 ? 0 : over / under;
}
