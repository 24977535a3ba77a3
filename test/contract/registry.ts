import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { auditEntryOf, EMPTY_REGISTRY, RICH_REGISTRY, versioned } from '../support/registries.ts';
import type { TestStore } from '../support/stores.ts';

/** What every adapter of `RegistryStore` promises of the registry itself. */
export function describeRegistry(engine: string, open: () => Promise<TestStore>): void {
  describe(`the registry on ${engine}`, () => {
    let under: TestStore;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    /** A tenant of the test's own, in the state given. */
    const declare = async (registry?: Registry) => {
      const tenant = `t-${crypto.randomUUID()}`;
      const next = versioned(registry);
      expect(await under.store.registries.replace(tenant, '', next, [auditEntryOf()])).toBe(true);
      return { tenant, ...next };
    };
    const trailOf = async (tenant: string) =>
      (await under.store.registries.audit(tenant, { limit: 100 })).entries;

    it('is empty, and of the version "", where nothing was ever declared', async () => {
      const { registries } = under.store;
      expect(await registries.read('nobody')).toEqual({ version: '', registry: EMPTY_REGISTRY });
      expect(await registries.state('nobody')).toMatchObject({ version: '' });
      expect(await registries.audit('nobody', { limit: 10 })).toEqual({ entries: [] });
    });

    it('gives back what was declared, whole', async () => {
      const { tenant, version } = await declare(RICH_REGISTRY);
      expect(await under.store.registries.read(tenant)).toEqual({ version, registry: RICH_REGISTRY });
      expect((await under.store.registries.state(tenant)).version).toBe(version);
    });

    it('keeps tenants apart', async () => {
      const [mine, other] = [await declare(RICH_REGISTRY), await declare()];
      expect((await under.store.registries.read(mine.tenant)).registry).toEqual(RICH_REGISTRY);
      expect((await under.store.registries.read(other.tenant)).registry).toEqual(EMPTY_REGISTRY);
      expect(await trailOf(other.tenant)).toHaveLength(1);
    });

    it('is left as it was, and so is the trail, where another change came first', async () => {
      const { tenant, version } = await declare(RICH_REGISTRY);
      for (const expected of ['', 'stale']) {
        expect(await under.store.registries.replace(tenant, expected, versioned(), [auditEntryOf()])).toBe(
          false,
        );
      }
      expect(await under.store.registries.read(tenant)).toEqual({ version, registry: RICH_REGISTRY });
      expect(await trailOf(tenant)).toHaveLength(1);
    });

    it('a change that is sent again, since its answer was lost, is done once and says so', async () => {
      const { tenant, version } = await declare();
      const next = versioned(RICH_REGISTRY);
      const entries = [auditEntryOf(), auditEntryOf()];
      expect(await under.store.registries.replace(tenant, version, next, entries)).toBe(true);
      expect(await under.store.registries.replace(tenant, version, next, entries)).toBe(true);
      expect(await trailOf(tenant)).toHaveLength(3);
    });

    it('of two changes of one state, one is done', async () => {
      const { tenant, version } = await declare();
      const nexts = [versioned(), versioned()];
      const done = await Promise.all(
        nexts.map((next) => under.store.registries.replace(tenant, version, next, [auditEntryOf()])),
      );
      expect(done.toSorted()).toEqual([false, true]);
      expect((await under.store.registries.read(tenant)).version).toBe(nexts[done.indexOf(true)]?.version);
    });

    it('loses no change that was done, however those who read and change it interleave', async () => {
      const { registries } = under.store;
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const { tenant } = await declare();
          const done: string[] = [];
          const writers = ['a', 'b', 'c'].map((name) => {
            let seen = versioned();
            return scheduler.scheduleSequence([
              async () => {
                seen = await registries.read(tenant);
              },
              async () => {
                const { version, registry } = seen;
                const next = versioned({ ...registry, retired: [...registry.retired, name] });
                const entries = [auditEntryOf({ target: name })];
                if (await registries.replace(tenant, version, next, entries)) done.push(name);
              },
            ]);
          });
          await scheduler.waitFor(Promise.all(writers.map(({ task }) => task)));
          const targets = (await trailOf(tenant)).map(({ target }) => target);
          expect(done.length).toBeGreaterThan(0);
          expect((await registries.read(tenant)).registry.retired).toEqual(done);
          expect(targets.slice(0, -1).toReversed()).toEqual(done);
        }),
        { numRuns: 50 },
      );
    });

    it('ADM-18 a change whose audit entry cannot be written is not done', async () => {
      const own = await open();
      const { registries } = own.store;
      const first = versioned();
      await registries.replace('default', '', first, []);
      await own.breakAudit('default');
      await expect(
        registries.replace('default', first.version, versioned(RICH_REGISTRY), [auditEntryOf()]),
      ).rejects.toBeInstanceOf(CannotTell);
      expect(await registries.read('default')).toEqual(first);
      expect((await registries.state('default')).version).toBe(first.version);
      await own.close();
    });

    const rowOf = (changes: object) =>
      JSON.stringify({
        version: 1,
        kind: 'registry',
        tenant: 'T',
        tag: 'V',
        registry: EMPTY_REGISTRY,
        ...changes,
      });
    const withApplication = (changes: object) => ({
      registry: { ...RICH_REGISTRY, applications: [{ ...RICH_REGISTRY.applications[0], ...changes }] },
    });
    it.each([
      ['no JSON', 'not json'],
      ['nothing', ''],
      ['a list', '[]'],
      ['a document of a newer version', rowOf({ version: 2 })],
      ['a document of another kind', rowOf({ kind: 'session' })],
      ['the document of another tenant', rowOf({ tenant: 'other' })],
      ['a state that its version does not name', rowOf({ tag: 'other' })],
      ['no registry', rowOf({ registry: undefined })],
      ['a field that is unknown', rowOf({ registry: { ...EMPTY_REGISTRY, users: [] } })],
      ['an application without its fields', rowOf({ registry: { ...EMPTY_REGISTRY, applications: [{}] } })],
      ['an application whose "enabled" is no boolean', rowOf(withApplication({ enabled: 'false' }))],
      [
        'an unknown algorithm',
        rowOf({ registry: { ...EMPTY_REGISTRY, keys: [{ ...RICH_REGISTRY.keys[0], alg: 'HS256' }] } }),
      ],
      ['over 4 MiB', rowOf({ registry: { ...EMPTY_REGISTRY, retired: ['r'.repeat(4 * 1024 * 1024)] } })],
    ])('that holds %s is "can\'t tell", and not "empty"', async (_, text) => {
      const { tenant, version } = await declare();
      await under.overwriteRegistry(
        tenant,
        text.replace('"T"', `"${tenant}"`).replace('"V"', `"${version}"`),
      );
      under.calls.length = 0;
      const error = await under.store.registries.read(tenant).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ name: 'CannotTell', doubt: 'row_unreadable' });
      expect(String(error)).not.toContain(tenant);
      expect(under.calls).toEqual([{ operation: 'registry_read', result: 'row_unreadable' }]);
    });

    it('is read where such a document is mended', async () => {
      const { tenant, version } = await declare();
      await under.overwriteRegistry(tenant, rowOf({ tenant, tag: version }));
      expect(await under.store.registries.read(tenant)).toEqual({ version, registry: EMPTY_REGISTRY });
    });

    it.each([
      [
        'too large',
        { version: 'v', registry: { ...EMPTY_REGISTRY, retired: ['r'.repeat(4 * 1024 * 1024)] } },
      ],
      ['without a version', { version: '', registry: RICH_REGISTRY }],
      [
        'with a number that JSON has not',
        { version: 'v', registry: { ...EMPTY_REGISTRY, accessTokenTtl: Number.NaN } },
      ],
    ])('%s is not written, since it could not be read again', async (_, next) => {
      const tenant = `t-${crypto.randomUUID()}`;
      await expect(under.store.registries.replace(tenant, '', next, [auditEntryOf()])).rejects.toMatchObject({
        doubt: 'row_unreadable',
      });
      expect(await under.store.registries.read(tenant)).toEqual({ version: '', registry: EMPTY_REGISTRY });
      expect(await trailOf(tenant)).toEqual([]);
    });

    it('an engine that is gone is "can\'t tell" for every call', async () => {
      await under.breakDown();
      const { registries } = under.store;
      const calls = [
        registries.state('default'),
        registries.read('default'),
        registries.replace('default', '', versioned(), []),
        registries.audit('default', { limit: 1 }),
      ];
      for (const call of await Promise.allSettled(calls)) {
        expect(call).toMatchObject({ status: 'rejected', reason: expect.any(CannotTell) });
      }
    });
  });
}
