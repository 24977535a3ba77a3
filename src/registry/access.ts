import { findResource } from './lookup.ts';
import { Refusal } from './refusal.ts';
import type { Access, Registry } from './registry.ts';

/** Throws a `Refusal` where a resource or a scope is not declared, or a resource is named twice. */
export function checkAccess(registry: Registry, access: readonly Access[]): void {
  const seen = new Set<string>();
  for (const { resource: indicator, scopes } of access) {
    const resource = findResource(registry, indicator);
    if (resource === undefined) throw new Refusal('invalid', `There is no resource "${indicator}".`);
    if (seen.has(indicator)) throw new Refusal('invalid', `The resource "${indicator}" is named twice.`);
    seen.add(indicator);
    const unknown = scopes.find((scope) => !resource.scopes.some(({ name }) => name === scope));
    if (unknown !== undefined) {
      throw new Refusal('invalid', `The resource "${indicator}" has no scope "${unknown}".`);
    }
  }
}

/** The registry, with every grant and every role run through `change`. */
export function mapAccess(
  registry: Registry,
  change: (access: readonly Access[]) => readonly Access[],
): Registry {
  return {
    ...registry,
    applications: registry.applications.map((application) => ({
      ...application,
      grants: change(application.grants),
    })),
    roles: registry.roles.map((role) => ({ ...role, access: change(role.access) })),
  };
}

/** The registry in which nobody is given anything of a resource. */
export function withdrawResource(registry: Registry, indicator: string): Registry {
  return mapAccess(registry, (access) => access.filter(({ resource }) => resource !== indicator));
}

/** The registry in which nobody is given more of a resource than these scopes. */
export function withdrawScopes(registry: Registry, indicator: string, left: readonly string[]): Registry {
  return mapAccess(registry, (access) =>
    access.map((one) =>
      one.resource === indicator
        ? { ...one, scopes: one.scopes.filter((scope) => left.includes(scope)) }
        : one,
    ),
  );
}
