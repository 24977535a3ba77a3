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
  /** How long P12 looks for a slope, and the soak lasts. */
  readonly minutes: number;
  /** What the soak draws its faults by. */
  readonly seed: number;
};

export const USAGE = `npm run bench -- [--short] [--rounds N] [--minutes N] [CASE…]

  CASE       F1, F2, C1, P1 to P13, DOS-05; without one, all of them. Or soak
  --short    fewer and shorter rounds, and the slowest parts left out: under two minutes
  --rounds   how often the sides of a case take turns (5)
  --minutes  how long P12 looks for a slope, and the soak lasts (10)
  --seed     what the soak draws its faults by (another each time)
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
      seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 9_999)) },
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
    seed: positive(values.seed),
  };
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`${text} is not a number from 1 to 9999`);
  return Number(text);
}
