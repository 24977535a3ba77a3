import type { Bench } from './bench.ts';

/** What a figure has to be. */
export type Limit = { readonly atLeast: number } | { readonly atMost: number };

export type Unit = 'times' | 'a second' | 'ms' | 'MB' | 'commands';

/** A line of the table. */
export type Row = {
  readonly what: string;
  readonly unit: Unit;
  /** One a round. The median counts. */
  readonly values: readonly number[];
  /** Absent where the row is there to compare with. */
  readonly limit?: Limit;
  readonly note?: string;
  /** What the values were computed from, for the file. */
  readonly measured?: { readonly [side: string]: readonly number[] };
};

export type Case = {
  readonly id: string;
  readonly title: string;
  /** What is to be reached, in words. */
  readonly figure: string;
  /** What `--short` leaves out of it. */
  readonly leftOut?: string;
  /** Whether `--short` leaves out all of it, unless it is named. */
  readonly isLong?: boolean;
  readonly run: (bench: Bench) => Promise<readonly Row[]>;
};

export function isMet(median: number, limit: Limit): boolean {
  return 'atLeast' in limit ? median >= limit.atLeast : median <= limit.atMost;
}
