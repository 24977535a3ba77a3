import { parseArgs } from 'node:util';

export type Options = {
  /** The ids of the cases to run; empty: all. */
  readonly ids: readonly string[];
  readonly short: boolean;
  readonly rounds: number;
  /** How long one side of a round is measured. */
  readonly seconds: number;
  /** How long a server is asked before the first round. */
  readonly warmSeconds: number;
  readonly connections: number;
  /** How long P12 looks for a slope. */
  readonly minutes: number;
};

export const USAGE = `npm run bench -- [--short] [--rounds N] [--minutes N] [CASE…]

  CASE       F1, F2, C1, P1 to P13; without one, all of them
  --short    fewer and shorter rounds, and the slowest parts left out: under two minutes
  --rounds   how often the sides of a case take turns (5)
  --minutes  how long P12 looks for a slope (10)
`;

const CONNECTIONS = 64;

/** Throws where there is an option that does not exist, or a number that is none. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      minutes: { type: 'string', default: '10' },
    },
  });
  const { short } = values;
  return {
    ids: positionals,
    short,
    rounds: positive(values.rounds ?? (short ? '2' : '5')),
    seconds: short ? 1 : 5,
    warmSeconds: short ? 1 : 5,
    connections: CONNECTIONS,
    minutes: positive(values.minutes),
  };
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`${text} is not a number from 1 to 9999`);
  return Number(text);
}
