import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { DecisionEvent } from '../proxy/gate.ts';
import { createTalliedCounter, createTalliedTimings } from './tallied-metrics.ts';

/** What is told of decisions; `text` gives the metrics that the registry does not have. */
export type DecisionTelemetry = {
  readonly decided: (event: DecisionEvent) => void;
  readonly text: () => string;
};

export function createDecisionTelemetry(
  log: Logger,
  registry: Registry,
  report: (error: unknown) => void,
): DecisionTelemetry {
  const count = createTalliedCounter(
    {
      name: 'postern_decisions_total',
      help: 'Decisions, by what was asked and what came out',
      labelNames: ['dialect', 'policy', 'outcome', 'reason'],
    },
    registry,
  );
  const { observe, text } = createTalliedTimings({
    name: 'postern_decision_duration_seconds',
    help: 'From the request until its answer was handed to the socket',
    labelNames: ['dialect', 'outcome'],
  });
  return {
    decided({ requestId, dialect, policy, rule, decision, milliseconds }) {
      const { outcome, reason } = decision;
      count(dialect, policy, outcome, reason);
      observe(milliseconds / 1000, dialect, outcome);
      if (log.isLevelEnabled('info')) {
        const subject = 'session' in decision ? decision.session.subject : undefined;
        const ms = Math.round(milliseconds * 1000) / 1000;
        log.info({ requestId: requestId(), dialect, policy, rule, outcome, reason, subject, ms }, 'decision');
      }
      // That the store is away is told once, when it goes; an error of our own every time.
      if (decision.outcome === 'unavailable' && decision.reason === 'fault') report(decision.cause);
    },
    text,
  };
}
