import type { Logger } from 'pino';
import { Counter, Gauge, type Registry } from 'prom-client';

type ReloadResult = 'applied' | 'unchanged' | 'refused';

/** What came of reading the settings again. Settings are named, and their values are not told. */
export type ReloadEvent = {
  readonly result: ReloadResult;
  /** What is in force from now on. */
  readonly changed: readonly string[];
  /** What takes effect at the next start. */
  readonly needsStart: readonly string[];
  readonly problems: readonly string[];
};

const LEVELS = {
  applied: 'info',
  unchanged: 'info',
  refused: 'error',
} as const satisfies Record<ReloadResult, string>;

export function createReloadObserver(log: Logger, registry: Registry) {
  const reloads = new Counter({
    name: 'postern_settings_reloads_total',
    help: 'Readings of the settings after the start, by what came of them',
    labelNames: ['result'],
    registers: [registry],
  });
  for (const result of Object.keys(LEVELS)) reloads.inc({ result }, 0);
  const inForce = new Gauge({
    name: 'postern_settings_in_force',
    help: '1 while the settings that were read last are in force; 0 where they were refused, or wait for the next start',
    registers: [registry],
  });
  inForce.set(1);
  return (event: ReloadEvent) => {
    const { result, needsStart } = event;
    reloads.inc({ result });
    inForce.set(result === 'refused' || needsStart.length > 0 ? 0 : 1);
    log[needsStart.length > 0 ? 'warn' : LEVELS[result]](event, 'reload');
  };
}
