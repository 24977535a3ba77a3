import { percentile } from '../measure/statistics.ts';
import type { FloodTally } from './plan.ts';
import type { Pool } from './pool.ts';

export type Flood = {
  readonly perSecond: number;
  readonly seconds: number;
  /** What is asked once it is over. */
  readonly calm: { readonly perSecond: number; readonly seconds: number };
};

/** In milliseconds: so long waits the site of `deploy/nginx`, and an answer after that is nobody's. */
const PATIENCE = 2_000;
/** In milliseconds, without a failure, and it is got over. */
const PROOF = 1_000;

/**
 * An open loop of more than can be answered, and then of less. What finds no connection free is given up, and does not
 * wait: it would take the place of one that can still be answered in time.
 */
export async function runFlood(pool: Pool, requests: readonly string[], flood: Flood): Promise<FloodTally> {
  const seen = createSeen(flood.seconds * 1000);
  const { total, dueAt } = createDue(flood);
  const started = performance.now();
  const now = () => performance.now() - started;
  let [place, waiting] = [0, 0];
  await new Promise<void>((resolve) => {
    const ask = (due: number, sentAt: number) =>
      pool.ask(requests[place % requests.length] ?? '', (status) => {
        waiting -= 1;
        seen.answered({ status, due, sentAt, at: now() });
        if (place === total && waiting === 0) resolve();
      });
    const askWhatIsDue = () => {
      const at = now();
      for (; place < total && dueAt(place) <= at; place += 1) {
        const due = dueAt(place);
        if (ask(due, at)) waiting += 1;
        else seen.unsent(due);
      }
      // Not a timer: those come a millisecond late, in which a hundred are due.
      if (place < total) setImmediate(askWhatIsDue);
      else if (waiting === 0) resolve();
    };
    askWhatIsDue();
  });
  return seen.tally();
}

/** In milliseconds from the beginning. */
function createDue({ perSecond, seconds, calm }: Flood) {
  const ofFlood = Math.floor(perSecond * seconds);
  return {
    total: ofFlood + Math.floor(calm.perSecond * calm.seconds),
    dueAt: (place: number) =>
      place < ofFlood
        ? (place * 1000) / perSecond
        : seconds * 1000 + ((place - ofFlood) * 1000) / calm.perSecond,
  };
}

/** In milliseconds from the beginning. */
type Seen = {
  readonly status: number | undefined;
  readonly due: number;
  readonly sentAt: number;
  readonly at: number;
};

function createSeen(floodEnd: number) {
  const statuses: Record<string, number> = {};
  const refused: number[] = [];
  const failedAt: number[] = [];
  const sentLate: number[] = [];
  let [asked, allowed, unsent] = [0, 0, 0];
  return {
    answered: ({ status, due, sentAt, at }: Seen) => {
      const isAllowed = status === 200 && at - sentAt <= PATIENCE;
      statuses[status ?? 'broken'] = (statuses[status ?? 'broken'] ?? 0) + 1;
      if (status === 503) refused.push(at - sentAt);
      if (due >= floodEnd) {
        if (!isAllowed) failedAt.push(due);
        return;
      }
      asked += 1;
      sentLate.push(sentAt - due);
      if (isAllowed) allowed += 1;
    },
    unsent: (due: number) => {
      if (due < floodEnd) unsent += 1;
      else failedAt.push(due);
    },
    tally: (): FloodTally => ({
      ...{ statuses, asked, allowed, unsent },
      refusedP99: p99(refused),
      recovery: recoveryOf(failedAt, floodEnd),
      sentLateP99: p99(sentLate),
    }),
  };
}

function p99(values: readonly number[]): number {
  return values.length === 0 ? 0 : percentile(values, 99);
}

/** Until the first second of which all were allowed in time. */
export function recoveryOf(failedAt: readonly number[], end: number): number {
  let from = end;
  for (const at of [...failedAt].sort((left, right) => left - right)) {
    if (at - from >= PROOF) break;
    from = at;
  }
  return from - end;
}
