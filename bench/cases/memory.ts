import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SESSIONS } from '../bench.ts';
import type { Case, Row } from '../case.ts';
import { byCookie } from '../load/questions.ts';
import { summarize } from '../measure/statistics.ts';

const SETTLE_MILLISECONDS = 2_000;
const SAMPLE_MILLISECONDS = 5_000;

export const P12: Case = {
  id: 'P12',
  title: 'memory of the bundle: idle; 100,000 cached sessions; a long run of P1',
  figure: 'at most 90 MB; at most 200 MB; no slope',
  leftOut: 'the long run',
  run: async ({ load, store, draw, startPostern, options }) => {
    const sessions = await store.sessions(SESSIONS);
    const { tokens } = sessions;
    const { pid, ports } = await startPostern({ nearCache: true, sessions });
    await sleep(SETTLE_MILLISECONDS);
    const idle = residentMegabytes(pid);
    await load.warm(byCookie(ports.decision, tokens));
    const full = residentMegabytes(pid);
    const rows: Row[] = [
      { what: 'idle', unit: 'MB', values: [idle], limit: { atMost: 90 } },
      { what: '100,000 sessions, each asked once', unit: 'MB', values: [full], limit: { atMost: 200 } },
    ];
    if (options.short) return rows;
    const asking = load.rate(byCookie(ports.decision, draw(tokens)), { seconds: options.minutes * 60 });
    return [...rows, slopeOf(await sampleUntil(asking, pid), options.minutes)];
  },
};

async function sampleUntil(done: Promise<unknown>, pid: number): Promise<number[]> {
  const samples: number[] = [];
  const end = new AbortController();
  const asking = done.finally(() => end.abort());
  while (!end.signal.aborted) {
    samples.push(residentMegabytes(pid));
    await sleep(SAMPLE_MILLISECONDS, undefined, { signal: end.signal }).catch(() => undefined);
  }
  await asking;
  return samples;
}

/**
 * The last quarter beside the second: in the first one the runtime's heap still finds its size, and from one sample to
 * the next it goes up and down with its garbage.
 */
export function slopeOf(samples: readonly number[], minutes: number): Row {
  const quarter = Math.floor(samples.length / 4);
  const second = summarize(samples.slice(quarter, 2 * quarter)).median;
  const last = summarize(samples.slice(-quarter)).median;
  return {
    what: `${minutes} minutes of P1: the last quarter to the second`,
    unit: 'times',
    values: [last / second],
    limit: { atMost: 1.05 },
    note: `${second.toFixed(1)} MB, then ${last.toFixed(1)} MB`,
    measured: { megabytes: samples },
  };
}

/** What of the process stands in memory, as Linux counts it. */
function residentMegabytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error('the system does not tell how much memory a process has');
  return (Number(kibibytes) * 1024) / 1_000_000;
}
