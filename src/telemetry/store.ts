import type { Logger } from 'pino';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { CacheFigures, CacheObserver, FlushReason } from '../store/near/near-cache.ts';
import type { StoreObserver } from '../store/store.ts';
import { createTalliedCounter, createTalliedTimings } from './tallied-metrics.ts';

/** What is told of the store; `text` gives the metrics that the registry does not have. */
export type StoreTelemetry = { readonly store: StoreObserver; readonly text: () => string };

export function createStoreTelemetry(log: Logger, registry: Registry): StoreTelemetry {
  const count = createTalliedCounter(
    {
      name: 'postern_store_calls_total',
      help: 'Calls to the store; every result but "ok" means that it could not tell',
      labelNames: ['operation', 'result'],
    },
    registry,
  );
  const { observe, text } = createTalliedTimings({
    name: 'postern_store_call_duration_seconds',
    help: 'From the call to the store until its reply',
    labelNames: ['operation'],
  });
  const up = new Gauge({
    name: 'postern_store_up',
    help: '1 while the store answers',
    registers: [registry],
  });
  const store: StoreObserver = {
    called(operation, result, milliseconds) {
      count(operation, result);
      observe(milliseconds / 1000, operation);
    },
    changed(state, reason) {
      up.set(state === 'up' ? 1 : 0);
      log[state === 'up' ? 'info' : 'error']({ store: state, reason }, 'store');
    },
    warned: (warning) => log.warn({ warning }, 'store'),
  };
  return { store, text };
}

/** That it is bypassed is no fault, and costs a read per decision; that the store was emptied logs everybody out. */
const LEVELS = {
  connection_lost: 'info',
  heartbeat_late: 'warn',
  refused: 'warn',
  emptied: 'warn',
  stopped: 'info',
} as const satisfies Record<FlushReason, string>;

export function createCacheObserver(log: Logger, registry: Registry): CacheObserver {
  const flushes = new Counter({
    name: 'postern_cache_flushes_total',
    help: 'How often everything was dropped that was held in memory, and why',
    labelNames: ['reason'],
    registers: [registry],
  });
  return {
    changed: (cache, reason) =>
      log[reason === undefined ? 'info' : LEVELS[reason]]({ cache, reason }, 'cache'),
    flushed: (reason) => {
      flushes.inc({ reason });
      if (reason === 'emptied') log.warn({ cache: reason }, 'cache');
    },
  };
}

/** Read when the metrics are: nothing more is counted on the way of a decision. */
export function watchCache(figures: () => CacheFigures, registry: Registry): void {
  new Counter({
    name: 'postern_cache_reads_total',
    help: 'What was asked of the cache in memory: a hit is held there, a miss was read from the store',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      const { hits, misses } = figures();
      this.reset();
      this.inc({ result: 'hit' }, hits);
      this.inc({ result: 'miss' }, misses);
    },
  });
  const gauge = (name: string, help: string, valueIn: (figures: CacheFigures) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(valueIn(figures()));
      },
    });
  gauge(
    'postern_cache_coherent',
    '1 while the store tells of every change, so that decisions need not read it',
    ({ isCoherent }) => (isCoherent ? 1 : 0),
  );
  gauge(
    'postern_cache_staleness_seconds',
    'Since the last heartbeat that came back from the store; +Inf where none is awaited',
    ({ stalenessSeconds }) => stalenessSeconds,
  );
  gauge('postern_cache_entries', 'What is held in memory', ({ entries }) => entries);
  gauge('postern_cache_bytes', 'What that weighs, estimated', ({ bytes }) => bytes);
}
