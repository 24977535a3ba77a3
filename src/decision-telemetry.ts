import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import { createTally } from './lib/tally.ts';
import type { DecisionEvent } from './proxy/gate.ts';
import { SECONDS } from './store-telemetry.ts';

/** What is counted on the way of a decision, and how it is told. */
export type DecisionTelemetry = {
  readonly decided: (event: DecisionEvent) => void;
  /** What the registry does not have, in the text format of Prometheus. */
  readonly text: () => string;
};

/**
 * Every label is a name from the settings or from our own types: no client can make a new one. The library makes a
 * text of all labels for each count, which costs as much as the decision: so it is counted here, and told when asked.
 */
export function createDecisionTelemetry(
  log: Logger,
  registry: Registry,
  report: (error: unknown) => void,
): DecisionTelemetry {
  const count = countDecisions(registry);
  const durations = createDurations();
  return {
    decided({ requestId, dialect, policy, rule, decision, milliseconds }) {
      const { outcome, reason } = decision;
      count(dialect, policy, outcome, reason);
      durations.observe(dialect, outcome, milliseconds / 1000);
      if (log.isLevelEnabled('info')) {
        const subject = 'session' in decision ? decision.session.subject : undefined;
        const ms = Math.round(milliseconds * 1000) / 1000;
        log.info({ requestId: requestId(), dialect, policy, rule, outcome, reason, subject, ms }, 'decision');
      }
      // That the store is away is told once, when it goes; an error of our own every time.
      if (decision.outcome === 'unavailable' && decision.reason === 'fault') report(decision.cause);
    },
    text: durations.text,
  };
}

function countDecisions(registry: Registry) {
  const tally = createTally(() => ({ count: 0 }));
  new Counter({
    name: 'postern_decisions_total',
    help: 'Decisions, by what was asked and what came out',
    labelNames: ['dialect', 'policy', 'outcome', 'reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { names, cell } of tally.all()) this.labels(...names).inc(cell.count);
    },
  });
  return (dialect: string, policy: string, outcome: string, reason: string) => {
    tally.at(dialect, policy, outcome, reason).count += 1;
  };
}

const DURATIONS = 'postern_decision_duration_seconds';

function createDurations() {
  const tally = createTally(() => ({ sum: 0, inBucket: [...SECONDS, Infinity].map(() => 0) }));
  return {
    observe(dialect: string, outcome: string, seconds: number): void {
      const cell = tally.at(dialect, outcome);
      let bucket = 0;
      while (seconds > (SECONDS[bucket] ?? Infinity)) bucket += 1;
      cell.inBucket[bucket] = (cell.inBucket[bucket] ?? 0) + 1;
      cell.sum += seconds;
    },
    text(): string {
      const lines = tally.all().flatMap(({ names: [dialect, outcome], cell: { sum, inBucket } }) => {
        const labels = `dialect="${dialect}",outcome="${outcome}"`;
        let count = 0;
        const buckets = inBucket.map((more, index) => {
          count += more;
          return `${DURATIONS}_bucket{le="${SECONDS[index] ?? '+Inf'}",${labels}} ${count}`;
        });
        return [...buckets, `${DURATIONS}_sum{${labels}} ${sum}`, `${DURATIONS}_count{${labels}} ${count}`];
      });
      const help = `# HELP ${DURATIONS} From the request until its answer was handed to the socket`;
      return [help, `# TYPE ${DURATIONS} histogram`, ...lines, ''].join('\n');
    },
  };
}
