import type { Tally } from './plan.ts';
import type { WrkOutput } from './wrk-output.ts';

/** What was answered to a load. */
export type Answers = {
  readonly requests: number;
  /** 503: the store was too slow, as it is where others take the processor for a while. */
  readonly unavailable: number;
  /** Neither 503 nor what the case expects. */
  readonly wrong: number;
};

export function answersOf({ requests, statuses }: Tally, status: number): Answers {
  const { [status]: expected = 0, 503: unavailable = 0 } = statuses;
  return { requests, unavailable, wrong: requests - expected - unavailable };
}

/**
 * All that wrk tells is how many were not 2xx or 3xx. Where none of them should be, one that is has let somebody in; where
 * all should be, those that are not are taken for 503, of which few may be.
 */
export function answersOfWrk({ requests, notSuccessful }: WrkOutput, status: number): Answers {
  return status < 400
    ? { requests, unavailable: notSuccessful, wrong: 0 }
    : { requests, unavailable: 0, wrong: requests - notSuccessful };
}

/** In a measurement: so few do not change it. */
export const FEW = 0.01;
/** Before it. */
export const SOME = 0.05;

/** What is to be told of them; undefined where all are as expected. Throws where they are not, or too many were 503. */
export function judge(
  { requests, unavailable, wrong }: Answers,
  status: number,
  most = FEW,
): string | undefined {
  if (wrong > 0) throw new Error(`${wrong} of ${requests} answers were not ${status}`);
  if (unavailable === 0) return undefined;
  const remark = `${unavailable} of ${requests} answers were 503`;
  if (unavailable > most * requests)
    throw new Error(`${remark}: the machine is too busy, or something is wrong`);
  return remark;
}
