import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createApply } from '../../src/registry/changes.ts';
import { Refusal } from '../../src/registry/refusal.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { withBuiltIn } from '../../src/registry/resources.ts';
import { createSnapshots } from '../../src/registry/snapshots.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { faultsOf, LIMITS, MANAGEMENT_URL, NOTHING_DECLARED, POPULATED } from '../support/declared.ts';
import { interleave } from '../support/interleave.ts';
import { type Operation, operation } from '../support/operations.ts';

const store = openSqliteStore(':memory:', systemClock, {
  called: () => undefined,
  changed: () => undefined,
  warned: () => undefined,
});
afterAll(() => store.close());

const start = fc.constantFrom(NOTHING_DECLARED, POPULATED);

describe('whatever is changed, in whatever order', () => {
  it('a registry keeps its rules, and a change that is refused leaves no trace', () => {
    let [made, refused] = [0, 0];
    fc.assert(
      fc.property(start, fc.array(operation, { maxLength: 60, size: 'max' }), (begun, operations) => {
        let registry = frozen(begun);
        for (const [now, { make }] of operations.entries()) {
          const next = tried(() => make(registry, now));
          if (next === undefined) refused += 1;
          else made += 1;
          registry = frozen(next ?? registry);
          expect(faultsOf(registry, LIMITS, now)).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
    expect(made).toBeGreaterThan(1_000);
    expect(refused).toBeGreaterThan(1_000);
  });

  it('what was retired never comes back', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60, size: 'max' }), (operations) => {
        let registry = NOTHING_DECLARED;
        for (const [now, { make }] of operations.entries()) {
          const next = tried(() => make(registry, now)) ?? registry;
          expect(next.retired.slice(0, registry.retired.length)).toEqual(registry.retired);
          registry = next;
        }
      }),
    );
  });

  it('two writers keep the rules together, lose nothing, and the trail has each change once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(operation, { minLength: 2, maxLength: 14 }),
        async (scheduler, operations) => {
          const tenant = `t-${crypto.randomUUID()}`;
          const writers = [writer(), writer()];
          const made: Registry[] = [];
          const steps = operations.map(
            ({ text, make }: Operation, index) =>
              () =>
                settled(async () => {
                  const change = { tenant, actor: 'admin', action: text, target: TARGET };
                  const before: Registry[] = [];
                  const watched = (registry: Registry, now: number) => {
                    before.push(registry);
                    return make(registry, now);
                  };
                  const next = await writers[index % 2]?.apply({ ...change, make: watched });
                  if (next !== undefined && next !== before.at(-1)) made.push(next);
                }),
          );
          await interleave(scheduler, steps);
          const { registry } = await writer().snapshots.current(tenant);
          expect(faultsOf(registry, LIMITS, systemClock())).toEqual([]);
          expect((await store.registries.audit(tenant, { limit: 100 })).entries).toHaveLength(made.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});

const TARGET = { kind: 'tokens', id: 'tokens' } as const;

/** As a replica has them. */
function writer() {
  const snapshots = createSnapshots(store.registries, (_, registry) => withBuiltIn(registry, MANAGEMENT_URL));
  return { snapshots, apply: createApply(store.registries, snapshots) };
}

/** Undefined where it was refused, which is expected; all else is not. */
function tried(make: () => Registry): Registry | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

async function settled(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** A change that writes into what it was given throws. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}
