import type { WatchLoop } from './lib/event-loop.ts';
import type { Connections } from './lib/http-server.ts';
import { maxOpenFiles } from './lib/open-files.ts';
import { createOverload, type Overload, type OverloadLimits } from './lib/overload.ts';
import type { Readiness } from './management/admin.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

export const LISTENERS = ['decision', 'public', 'admin'] as const;
export type Listener = (typeof LISTENERS)[number];

/** How much a listener takes on, and how many connections. */
export type Load = { readonly overload: Overload; readonly connections: Connections };

type Limits = OverloadLimits & { readonly connections: number; readonly percentOfFiles: number };

/**
 * When the process is late, whatever can wait gives way before decisions do. Under way is what waits for the store or
 * a key: two thousand are more than one process can answer in the 150 ms after which Redis is given up.
 */
const LIMITS: Readonly<Record<Listener, Limits>> = {
  decision: { inFlight: 2_000, lateMilliseconds: 400, connections: 10_000, percentOfFiles: 75 },
  public: { inFlight: 1_000, lateMilliseconds: 200, connections: 1_000, percentOfFiles: 15 },
  admin: { inFlight: 200, lateMilliseconds: 200, connections: 1_000, percentOfFiles: 10 },
};

/** For the store, the log, files and the documents of issuers: connections never take the last ones. */
const RESERVED_FILES = 64;

export type Loads = Readonly<Record<Listener, Load>> & { readonly stop: () => void };

export function composeLoads(watchLoop: WatchLoop, { shed, loadChanged }: Telemetry): Loads {
  const files = Math.max(0, maxOpenFiles() - RESERVED_FILES);
  const loadOf = (listener: Listener): Load => {
    const { connections, percentOfFiles, ...limits } = LIMITS[listener];
    return {
      overload: createOverload(limits, {
        shed: (why) => shed(listener, why),
        changed: (why) => loadChanged(listener, why),
      }),
      connections: {
        max: Math.max(1, Math.min(connections, Math.floor((files * percentOfFiles) / 100))),
        dropped: () => shed(listener, 'connections'),
      },
    };
  };
  const loads = { decision: loadOf('decision'), public: loadOf('public'), admin: loadOf('admin') };
  const stop = watchLoop((late) => {
    for (const { overload } of Object.values(loads)) overload.measure(late);
  });
  return { ...loads, stop };
}

/** Who can't decide in time is not ready, whatever the store says. */
export function readinessUnder({ overload }: Load, ask: () => Promise<Readiness>): () => Promise<Readiness> {
  return async () => {
    const found = await ask();
    const overloaded = overload.state();
    return overloaded === undefined ? found : { ...found, ready: false, overloaded };
  };
}
