import { setTimeout } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import { Counter, collectDefaultMetrics, Registry } from 'prom-client';
import type { ManagedEvent } from '../management/mount.ts';
import type { IssuerEvent } from '../oauth/issuer.ts';
import type { DecisionEvent } from '../proxy/gate.ts';
import type { CacheFigures, CacheObserver } from '../store/near/near-cache.ts';
import type { StoreObserver } from '../store/store.ts';
import { createDecisionTelemetry } from './decisions.ts';
import { createLoadTelemetry, type LoadTelemetry } from './load.ts';
import { createReloadObserver, type ReloadEvent } from './reloads.ts';
import { createCacheObserver, createStoreTelemetry, watchCache } from './store.ts';

/** What the process tells of itself: one JSON line per event on standard output, and metrics. Neither holds a token. */
export type Telemetry = LoadTelemetry & {
  readonly log: Logger;
  readonly decided: (event: DecisionEvent) => void;
  readonly unrouted: () => void;
  readonly issued: (event: IssuerEvent) => void;
  readonly managed: (event: ManagedEvent) => void;
  readonly refused: (listener: string, status: number) => void;
  readonly reloaded: (event: ReloadEvent) => void;
  readonly store: StoreObserver;
  readonly cache: CacheObserver;
  /** From now on the metrics have them. */
  readonly watchCache: (figures: () => CacheFigures) => void;
  /** An error of our own, or a fault that nobody expected. */
  readonly report: (error: unknown) => void;
  readonly metrics: () => Promise<{ contentType: string; text: string }>;
  /** For the end of the process: waits half a second at most until what is buffered is written; false if it was not. */
  readonly close: () => Promise<boolean>;
};

const FLUSH_MILLISECONDS = 500;
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

export function createTelemetry(level: string): Telemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const destination = openDestination(registry);
  const log = pino({ level, base: null, serializers: { error: describeError } }, destination);
  const unrouted = new Counter({
    name: 'postern_unrouted_requests_total',
    help: 'Requests to the decision listener that name no dialect or no policy, answered with 404',
    registers: [registry],
  });
  const refused = new Counter({
    name: 'postern_refused_requests_total',
    help: 'Requests that could not be read in one way (400), of unknown methods (405), or with over 100 headers (431)',
    labelNames: ['listener', 'status'],
    registers: [registry],
  });
  const report = (error: unknown) => log.error({ error }, 'fault');
  const decisions = createDecisionTelemetry(log, registry, report);
  const store = createStoreTelemetry(log, registry);
  return {
    log,
    decided: decisions.decided,
    unrouted: () => unrouted.inc(),
    issued: createIssuerObserver(log, registry),
    managed: ({ actor, operation, tenant, status }) =>
      log.info({ actor, operation, tenant, status }, 'managed'),
    refused: (listener, status) => refused.inc({ listener, status }),
    ...createLoadTelemetry(log, registry),
    reloaded: createReloadObserver(log, registry),
    store: store.store,
    cache: createCacheObserver(log, registry),
    watchCache: (figures) => watchCache(figures, registry),
    report,
    metrics: async () => ({
      contentType: registry.contentType,
      text: [await registry.metrics(), decisions.text(), store.text()].join('\n'),
    }),
    close: () => closeDestination(destination),
  };
}

/**
 * Asynchronous, so that a reader of our output who stands still does not stop decisions; and bounded, so that what he
 * does not read does not fill our memory: lines are dropped then, and counted.
 */
function openDestination(registry: Registry): Destination {
  // A line is written at once: a minimum of 1 byte only makes `flush` wait, which it does not for 0.
  const destination = pino.destination({ dest: 1, sync: false, minLength: 1, maxLength: MAX_UNREAD_BYTES });
  const lost = new Counter({
    name: 'postern_log_lines_lost_total',
    help: 'Lines of the log that could not be written, since the disk is full or nobody reads them',
    registers: [registry],
  });
  for (const event of ['drop', 'error']) destination.on(event, () => lost.inc());
  return destination;
}

type Destination = ReturnType<typeof pino.destination>;

/** Destroyed at the end: what is left of the logger would else write on, without an end, while the process exits. */
async function closeDestination(destination: Destination): Promise<boolean> {
  const written = new Promise<boolean>((resolve) => destination.flush(() => resolve(true)));
  const inTime = await Promise.race([written, setTimeout(FLUSH_MILLISECONDS, false)]);
  destination.destroy();
  return inTime;
}

/** A tenant is a name from the settings; a client id is one that was made here, and too many for a label. */
function createIssuerObserver(log: Logger, registry: Registry) {
  const requests = new Counter({
    name: 'postern_issuer_requests_total',
    help: 'Requests to the endpoints of the issuer, by what came of them',
    labelNames: ['endpoint', 'tenant', 'status', 'reason'],
    registers: [registry],
  });
  return (event: IssuerEvent) => {
    const { endpoint, tenant = '', status, reason = '' } = event;
    requests.inc({ endpoint, tenant, status, reason });
    log.info(event, 'issuer');
  };
}

/** By name, message and stack alone: some clients hang the command that failed, and its arguments, on the error. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause !== undefined && { cause: describeError(cause) }) };
}
