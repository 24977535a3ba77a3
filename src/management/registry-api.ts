import type { DerivedSecrets } from '../oauth/keys/sealing.ts';
import type { SigningKeys } from '../oauth/keys/signing-keys.ts';
import type { ForeignDenials } from '../oauth/ports.ts';
import type { Tenant } from '../oauth/tenant.ts';
import type { Apply } from '../registry/changes.ts';
import type { Limits } from '../registry/limits.ts';
import type { RegistryStore, SecretUses } from '../registry/ports.ts';
import type { Registry } from '../registry/registry.ts';
import type { Snapshots } from '../registry/snapshots.ts';

/** What the calls on applications, resources, roles and keys are made of. */
export type RegistryApi = {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly publicUrl: string;
  readonly snapshots: Snapshots;
  readonly apply: Apply;
  readonly audit: RegistryStore['audit'];
  readonly keys: SigningKeys;
  readonly secrets: DerivedSecrets;
  readonly secretUses: SecretUses;
  readonly limits: Limits;
  readonly denials: ForeignDenials;
  /** For how many seconds a token of a foreign issuer can live; undefined for an issuer that the tenant does not trust. */
  readonly lifeOfForeign: (tenant: string, issuer: string) => number | undefined;
};

export async function registryOf({ snapshots }: RegistryApi, tenant: string): Promise<Registry> {
  return (await snapshots.current(tenant)).registry;
}

/** The tenant of a call was looked up before: that it is missing here is an error of ours. */
export function tenantOf({ tenants }: RegistryApi, name: string): Tenant {
  const tenant = tenants.get(name);
  if (tenant === undefined) throw new Error('a call was taken for a tenant that there is not');
  return tenant;
}
