import { Counter, type Registry } from 'prom-client';
import { createTally } from '../lib/tally.ts';

/*
 * The library makes a text of all labels for each count, which costs as much as a decision. So what happens with each
 * of them is counted in plain cells, and told when somebody asks. Labels are names from the settings or from our own
 * types: no client can make a new one.
 */

type Told = { readonly name: string; readonly help: string; readonly labelNames: readonly string[] };

/** `labels` in the order of their names. */
export type Count = (...labels: readonly string[]) => void;

export function createTalliedCounter({ name, help, labelNames }: Told, registry: Registry): Count {
  const tally = createTally(() => ({ count: 0 }));
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const { names, cell } of tally.all()) this.labels(...names).inc(cell.count);
    },
  });
  return (...labels) => {
    tally.at(...labels).count += 1;
  };
}

export type Timings = {
  readonly observe: (seconds: number, ...labels: readonly string[]) => void;
  /** The registry does not have it: in the text format of Prometheus. */
  readonly text: () => string;
};

const SECONDS = [
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.2,
  0.5,
  1,
  Infinity,
];

export function createTalliedTimings({ name, help, labelNames }: Told): Timings {
  const tally = createTally(() => ({ sum: 0, inBucket: SECONDS.map(() => 0) }));
  const linesOf = (names: readonly string[], sum: number, inBucket: readonly number[]) => {
    const labels = labelNames.map((label, index) => `${label}="${names[index]}"`).join(',');
    let count = 0;
    const buckets = inBucket.map((more, index) => {
      count += more;
      const bound = SECONDS[index] === Infinity ? '+Inf' : SECONDS[index];
      return `${name}_bucket{le="${bound}",${labels}} ${count}`;
    });
    return [...buckets, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`];
  };
  return {
    observe(seconds, ...labels) {
      const cell = tally.at(...labels);
      const bucket = SECONDS.findIndex((bound) => seconds <= bound);
      cell.inBucket[bucket] = (cell.inBucket[bucket] ?? 0) + 1;
      cell.sum += seconds;
    },
    text: () =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} histogram`,
        ...tally.all().flatMap(({ names, cell }) => linesOf(names, cell.sum, cell.inBucket)),
        '',
      ].join('\n'),
  };
}
