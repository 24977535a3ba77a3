import { checkAccess } from './access.ts';
import { type Limits, refuseBeyond } from './limits.ts';
import { replaced, roleOf, without } from './lookup.ts';
import { Refusal } from './refusal.ts';
import type { Registry, Role } from './registry.ts';

export function addRole(registry: Registry, role: Role, limits: Limits): Registry {
  const roles = [...registry.roles, role];
  refuseBeyond(limits.roles, roles.length, 'roles');
  check(registry, role);
  return { ...registry, roles };
}

/** A role that gets another name leaves its tokens: they were given the old one. */
export function changeRole(registry: Registry, role: Role): Registry {
  const old = roleOf(registry, role.id);
  check({ ...registry, roles: without(registry.roles, old) }, role);
  return { ...registry, roles: replaced(registry.roles, old, role) };
}

/** Whoever had it loses it, live tokens too. */
export function removeRole(registry: Registry, id: string): Registry {
  const role = roleOf(registry, id);
  return {
    ...registry,
    roles: without(registry.roles, role),
    applications: registry.applications.map((application) => ({
      ...application,
      roles: without(application.roles, id),
    })),
  };
}

/** Policies ask for roles by name, so a name is one role. */
function check(registry: Registry, { name, access }: Role): void {
  if (registry.roles.some((role) => role.name === name)) {
    throw new Refusal('taken', `Another role has the name "${name}".`);
  }
  checkAccess(registry, access);
}
