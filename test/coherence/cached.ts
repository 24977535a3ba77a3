import type { Session } from '../../src/decision/session.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type {
  CacheFigures,
  CacheSettings,
  CacheState,
  FlushReason,
} from '../../src/store/near/near-cache.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import { sessionOf } from '../support/sessions.ts';
import { locationOf } from '../support/stores.ts';

const CACHE: CacheSettings = { maxEntries: 1_000, maxBytes: 1_000_000, ttlSeconds: 60 };

export type Cached = Awaited<ReturnType<typeof openCached>>;

/** A store with a near cache that holds from the beginning what it reads, and tells of each of its states. */
export async function openCached(url: string, clock: Clock = systemClock) {
  const states: CacheState[] = [];
  const flushes: FlushReason[] = [];
  let wake = Promise.withResolvers<void>();
  let seen = 0;
  const store = openRedisStore(
    { location: locationOf(url), prefix: 'postern', cache: CACHE },
    clock,
    { called: () => undefined, changed: () => undefined, warned: () => undefined },
    {
      changed: (state) => {
        states.push(state);
        wake.resolve();
        wake = Promise.withResolvers();
      },
      flushed: (reason) => void flushes.push(reason),
    },
  );
  /** Resolves with the next change, past or to come, to this state. */
  const next = async (state: CacheState): Promise<void> => {
    for (;;) {
      const at = states.indexOf(state, seen);
      if (at !== -1) {
        seen = at + 1;
        return;
      }
      await wake.promise;
    }
  };
  await next('coherent');
  const figures = (): CacheFigures => {
    const now = store.cache?.();
    if (now === undefined) throw new Error('it holds nothing');
    return now;
  };
  return { store, flushes, next, figures, ...asking(store, figures) };
}

function asking({ findRow }: Store, figures: () => CacheFigures) {
  const isHit = async ({ tenant, id }: Session): Promise<boolean> => {
    const { misses } = figures();
    const found = await findRow(tenant, id);
    return found !== undefined && figures().misses === misses;
  };
  return {
    isHit,
    /** Until it is answered from memory. */
    untilHeld: (session: Session) => until(() => isHit(session)),
    untilGone: ({ tenant, id }: Session) => until(async () => (await findRow(tenant, id)) === undefined),
    /** Until a heartbeat that began later came back. */
    untilProven: async () => {
      const since = performance.now();
      await until(async () => figures().stalenessSeconds * 1000 < performance.now() - since);
    },
  };
}

/** Asks again at once, and in vain for 20 s at most. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = AbortSignal.timeout(20_000);
  while (!(await holds())) {
    if (end.aborted) throw new Error('it never came to hold');
    await new Promise(setImmediate);
  }
}

export async function put({ table }: Store, changes: Partial<Session> = {}): Promise<Session> {
  const session = sessionOf(changes);
  await table.create(session);
  return session;
}

export const keyOf = ({ tenant, id }: { readonly tenant: string; readonly id: string }): string =>
  `postern:{${tenant}.${id.slice(0, 2)}}:session:${id}`;
