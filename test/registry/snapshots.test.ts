import { afterAll, beforeEach, expect, it } from 'vitest';
import type { Registry } from '../../src/registry/registry.ts';
import { createSnapshots } from '../../src/registry/snapshots.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { applicationNamed } from '../support/declared.ts';
import { EMPTY_REGISTRY, versioned } from '../support/registries.ts';

const calls: string[] = [];
const { registries, close } = openSqliteStore(':memory:', () => 1_700_000_000, {
  called: (operation) => void calls.push(operation),
  changed: () => undefined,
  warned: () => undefined,
});
afterAll(close);

let tenant: string;
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`;
  calls.length = 0;
});

const one: Registry = { ...EMPTY_REGISTRY, applications: [applicationNamed('a')] };
const put = async (expected: string, registry: Registry) => {
  const next = versioned(registry);
  await registries.replace(tenant, expected, next, []);
  return next.version;
};
const snapshotsOf = (complete = (_: string, registry: Registry) => registry) =>
  createSnapshots(registries, complete);
const reads = () => calls.filter((operation) => operation === 'registry_read').length;

it('a registry is read once, and anew only where its version is another', async () => {
  const snapshots = snapshotsOf();
  const version = await put('', EMPTY_REGISTRY);
  for (let asked = 0; asked < 3; asked += 1) await snapshots.current(tenant);
  expect(reads()).toBe(1);
  const next = await put(version, one);
  expect(await snapshots.current(tenant)).toEqual({ version: next, registry: one, now: 1_700_000_000 });
  expect(await snapshots.at(tenant, next)).toEqual(one);
  expect(reads()).toBe(2);
});

it('many who ask at once share one read, and those of another tenant do not', async () => {
  const snapshots = snapshotsOf();
  await put('', one);
  await Promise.all([tenant, tenant, tenant, 'another'].map((name) => snapshots.current(name)));
  expect(reads()).toBe(2);
});

it('what is held is what was last seen, and nothing before', async () => {
  const snapshots = snapshotsOf();
  const version = await put('', one);
  expect(snapshots.held(tenant)).toBeUndefined();
  await snapshots.current(tenant);
  await put(version, EMPTY_REGISTRY);
  expect(snapshots.held(tenant)).toEqual(one);
});

it('is completed with the name of its tenant, once for each read', async () => {
  const named: string[] = [];
  const snapshots = snapshotsOf((name, registry) => {
    named.push(name);
    return { ...registry, retired: [name] };
  });
  for (let asked = 0; asked < 2; asked += 1) {
    expect((await snapshots.current(tenant)).registry.retired).toEqual([tenant]);
  }
  expect(named).toEqual([tenant]);
});

it('a read that failed is not kept: the next one asks again', async () => {
  let isAway = true;
  const snapshots = createSnapshots(
    {
      ...registries,
      read: async (name) => (isAway ? Promise.reject(new Error('away')) : registries.read(name)),
    },
    (_, registry) => registry,
  );
  await put('', one);
  await expect(snapshots.current(tenant)).rejects.toThrow('away');
  isAway = false;
  expect((await snapshots.current(tenant)).registry).toEqual(one);
});
