import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { addApplication, removeApplication } from '../../src/registry/applications.ts';
import { type Change, createApply } from '../../src/registry/changes.ts';
import type { RegistryStore } from '../../src/registry/ports.ts';
import { Refusal } from '../../src/registry/refusal.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createSnapshots } from '../../src/registry/snapshots.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { applicationNamed, LIMITS } from '../support/declared.ts';
import { EMPTY_REGISTRY, RICH_REGISTRY, versioned } from '../support/registries.ts';

const { registries, close } = openSqliteStore(':memory:', () => 1_700_000_000.75, {
  called: () => undefined,
  changed: () => undefined,
  warned: () => undefined,
});
afterAll(close);

let tenant: string;
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`;
});

const apply = (change: Partial<Change>, store: RegistryStore = registries) =>
  createApply(
    store,
    createSnapshots(store, (_, registry) => registry),
  )({
    tenant,
    actor: 'admin',
    action: 'application.create',
    target: { kind: 'application', id: 'a' },
    make: adding('a'),
    ...change,
  });
const adding = (id: string) => (registry: Registry) =>
  addApplication(registry, applicationNamed(id), { ...LIMITS, applications: 30 });
const trail = async () => (await registries.audit(tenant, { limit: 100 })).entries;
const kept = async () => (await registries.read(tenant)).registry;

describe('a change', () => {
  it('is made together with its entry of the trail', async () => {
    const made = await apply({ actor: 'client-1' });
    expect(await kept()).toEqual(made);
    const after = JSON.parse(JSON.stringify(applicationNamed('a')));
    expect(await trail()).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{22}$/),
        at: 1_700_000_000,
        actor: 'client-1',
        action: 'application.create',
        target: 'a',
        after,
      },
    ]);
    await apply({ action: 'application.delete', make: (registry) => removeApplication(registry, 'a') });
    const [deleted] = await trail();
    expect(deleted).toMatchObject({ action: 'application.delete', before: after });
    expect(deleted).not.toHaveProperty('after');
  });

  it('that is refused leaves registry and trail as they were', async () => {
    const refused = apply({ make: (registry) => removeApplication(registry, 'nobody') });
    await expect(refused).rejects.toMatchObject({ name: 'Refusal', kind: 'not_found' });
    expect([await kept(), await trail()]).toEqual([EMPTY_REGISTRY, []]);
  });

  it('with nothing to do writes nothing', async () => {
    await apply({});
    const { version } = await registries.state(tenant);
    await apply({ make: (registry) => registry });
    expect((await registries.state(tenant)).version).toBe(version);
    expect(await trail()).toHaveLength(1);
  });

  it('is made again on what stands where another came first', async () => {
    let others = 3;
    await apply(
      {},
      overtaken(() => others-- > 0),
    );
    expect((await kept()).applications.map(({ clientId }) => clientId)).toEqual([
      'other',
      'other',
      'other',
      'a',
    ]);
    expect(await trail()).toHaveLength(1);
  });

  it('waits for those that were asked for before it here, and not for another tenant', async () => {
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const slow: RegistryStore = {
      ...registries,
      state: async (name) => {
        if (name === tenant && order.length === 0) {
          order.push('first begins');
          await gate.promise;
        }
        return registries.state(name);
      },
    };
    const take = createApply(
      slow,
      createSnapshots(slow, (_, registry) => registry),
    );
    const change = { actor: 'admin', action: 'x', target: { kind: 'tokens', id: 'tokens' } } as const;
    const noting = (what: string) => (registry: Registry) => {
      order.push(what);
      return adding(what)(registry);
    };
    const both = ['first', 'second'].map((what) => take({ ...change, tenant, make: noting(what) }));
    await take({ ...change, tenant: `${tenant}-other`, make: noting('other') });
    gate.resolve();
    await Promise.all(both);
    expect(order).toEqual(['first begins', 'other', 'first', 'second']);
  });

  it('goes on after one that was refused', async () => {
    const take = createApply(
      registries,
      createSnapshots(registries, (_, registry) => registry),
    );
    const change = { tenant, actor: 'admin', action: 'x', target: { kind: 'tokens', id: 'tokens' } } as const;
    const refused = take({ ...change, make: (registry) => removeApplication(registry, 'nobody') });
    const made = take({ ...change, make: adding('a') });
    await expect(refused).rejects.toMatchObject({ kind: 'not_found' });
    expect((await made).applications).toHaveLength(1);
  });

  it('gives up in words where others come first again and again', async () => {
    const busy = apply(
      {},
      overtaken(() => true),
    );
    await expect(busy).rejects.toMatchObject({ kind: 'busy', message: expect.stringContaining('try again') });
    expect((await kept()).applications.some(({ clientId }) => clientId === 'a')).toBe(false);
    expect(await trail()).toEqual([]);
  });

  it('that makes a tenant larger than 1 MiB is refused', async () => {
    const description = 'é'.repeat(600_000);
    const huge = { ...EMPTY_REGISTRY, roles: [{ id: 'r', name: 'r', description, access: [] }] };
    await expect(apply({ make: () => huge })).rejects.toBeInstanceOf(Refusal);
    expect(await kept()).toEqual(EMPTY_REGISTRY);
  });

  it.each(['application', 'resource', 'role', 'key', 'tokens'] as const)(
    'ADM-17 of a %s shows no digest and no sealed key',
    async (kind) => {
      const id = { application: 'f4a1', resource: 'a1', role: 'r1', key: 'RS2561', tokens: 'tokens' }[kind];
      await apply({ target: { kind, id }, make: () => RICH_REGISTRY });
      const text = JSON.stringify(await trail());
      expect(text).toContain('"after":');
      expect(text).not.toMatch(/digest|sealed|"d1"|publicJwk/);
    },
  );
});

/** The registries, where another change comes first as long as `comes` says so. */
function overtaken(comes: () => boolean): RegistryStore {
  return {
    ...registries,
    replace: async (name, expected, next, entries) => {
      if (comes()) {
        const { registry } = await registries.read(name);
        const other = { ...registry, applications: [...registry.applications, applicationNamed('other')] };
        await registries.replace(name, expected, versioned(other), []);
      }
      return registries.replace(name, expected, next, entries);
    },
  };
}
