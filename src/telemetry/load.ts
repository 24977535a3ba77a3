import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { Overloaded } from '../lib/overload.ts';

export type LoadTelemetry = {
  /** Of a request, or a connection, that was turned away for there being too many. */
  readonly shed: (listener: string, reason: Overloaded | 'connections') => void;
  /** Undefined: nothing is turned away any more. */
  readonly loadChanged: (listener: string, reason: Overloaded | undefined) => void;
};

/** A flood is one line when it begins and one when it is over, however much is in it. */
export function createLoadTelemetry(log: Logger, registry: Registry): LoadTelemetry {
  const shed = new Counter({
    name: 'postern_shed_requests_total',
    help: 'Requests answered with 503 since the event loop is late or too many are in flight; and connections closed for being too many',
    labelNames: ['listener', 'reason'],
    registers: [registry],
  });
  return {
    shed: (listener, reason) => shed.inc({ listener, reason }),
    loadChanged: (listener, reason) =>
      reason === undefined
        ? log.info({ listener, overloaded: false }, 'load')
        : log.warn({ listener, overloaded: true, reason }, 'load'),
  };
}
