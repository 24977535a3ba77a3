import type { RegistryStore, Version, Versioned } from './ports.ts';
import type { Registry } from './registry.ts';

/** Each tenant's registry, held in memory under its version and read anew only where that is another. */
export type Snapshots = {
  /** As it stands now, and the store's time. One small read where nothing changed. */
  current(tenant: string): Promise<Versioned & { readonly now: number }>;
  /** At a version that was just read beside something else. */
  at(tenant: string, version: Version): Promise<Registry>;
  /** As it was when somebody last looked; undefined where nobody did. For what is checked again later. */
  held(tenant: string): Registry | undefined;
};

/** `complete` makes of what is kept what is worked with. */
export function createSnapshots(
  store: RegistryStore,
  complete: (tenant: string, registry: Registry) => Registry,
): Snapshots {
  const kept = new Map<string, Versioned>();
  const reading = new Map<string, Promise<Versioned>>();

  const read = async (tenant: string): Promise<Versioned> => {
    const { version, registry } = await store.read(tenant);
    const snapshot = { version, registry: complete(tenant, registry) };
    kept.set(tenant, snapshot);
    return snapshot;
  };
  /** One read in flight for all who need the same version. One for another version might have begun too early. */
  const readOnce = (tenant: string, version: Version): Promise<Versioned> => {
    const key = `${tenant} ${version}`;
    const under = reading.get(key) ?? read(tenant).finally(() => reading.delete(key));
    reading.set(key, under);
    return under;
  };
  const snapshotAt = async (tenant: string, version: Version): Promise<Versioned> => {
    const snapshot = kept.get(tenant);
    return snapshot?.version === version ? snapshot : readOnce(tenant, version);
  };
  return {
    async current(tenant) {
      const { version, now } = await store.state(tenant);
      return { ...(await snapshotAt(tenant, version)), now };
    },
    at: async (tenant, version) => (await snapshotAt(tenant, version)).registry,
    held: (tenant) => kept.get(tenant)?.registry,
  };
}
