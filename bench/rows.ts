import type { Limit, Row, Unit } from './case.ts';
import type { Figures } from './measure/rounds.ts';
import { ratios } from './measure/statistics.ts';

type Compared = {
  readonly what: string;
  readonly sides: Figures;
  /** Of which side, to which other. */
  readonly of: string;
  readonly to: string;
  /** Absent where it is there to compare with. */
  readonly limit?: Limit;
  readonly note?: string;
};

/** How a side compares with another, round by round. */
export function compared({ what, sides, of, to, limit, note }: Compared): Row {
  const values = ratios(sides[of] ?? [], sides[to] ?? []);
  return { what, unit: 'times', values, measured: sides, ...(limit && { limit }), ...(note && { note }) };
}

/** A side by itself, to compare with other runs at one's own risk. */
export function plain(what: string, sides: Figures, side: string, unit: Unit = 'a second'): Row {
  return { what, unit, values: sides[side] ?? [] };
}
