import { EventEmitter, once } from 'node:events';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { RedisLocation } from '../../src/store/redis/client.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store, StoreObserver } from '../../src/store/store.ts';
import { type Call, locationOf } from './stores.ts';

type State = 'up' | 'down';

/** A store, and what it tells of itself. */
export type Watched = {
  readonly store: Store;
  readonly calls: readonly Call[];
  /** Every change so far, with its reason. */
  readonly changes: readonly (readonly [State, string])[];
  /** Resolves with the reason of the next such change. Take it before what brings the change about. */
  readonly next: (state: State) => Promise<string>;
};

/** Resolves at once, whether there is a server or not. */
export function watchStore(location: RedisLocation, clock: Clock = systemClock): Watched {
  const calls: Call[] = [];
  const changes: [State, string][] = [];
  const events = new EventEmitter();
  const observer: StoreObserver = {
    called: (operation, result) => void calls.push({ operation, result }),
    changed: (state, reason) => {
      changes.push([state, reason]);
      events.emit(state, reason);
    },
    warned: () => undefined,
  };
  const cache = { maxEntries: 0, maxBytes: 1, ttlSeconds: 1 };
  const store = openRedisStore({ location, prefix: 'postern', cache }, clock, observer, {
    changed: () => undefined,
    flushed: () => undefined,
  });
  return { store, calls, changes, next: async (state) => String(await once(events, state)) };
}

/** Resolves once it is up. */
export async function openWatched(url: string, clock: Clock = systemClock): Promise<Watched> {
  const watched = watchStore(locationOf(url), clock);
  await watched.next('up');
  return watched;
}
