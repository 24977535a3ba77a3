import { notFound } from './refusal.ts';
import type { ApiResource, Application, Registry, Role } from './registry.ts';

export function findApplication(registry: Registry, clientId: string | undefined): Application | undefined {
  return registry.applications.find((application) => application.clientId === clientId);
}

/** The API resource of an identifier: a declared one, or what an application offers itself. */
export function findResource(registry: Registry, indicator: string | undefined): ApiResource | undefined {
  const declared = registry.resources.find((resource) => resource.indicator === indicator);
  if (declared !== undefined) return declared;
  const application = findApplication(registry, indicator);
  return application && ownResource(application);
}

/** Throws a `Refusal`, as the two below. */
export function applicationOf(registry: Registry, clientId: string): Application {
  const found = findApplication(registry, clientId);
  if (found === undefined) throw notFound('application');
  return found;
}

export function resourceOf(registry: Registry, id: string): ApiResource {
  const found = registry.resources.find((resource) => resource.id === id);
  if (found === undefined) throw notFound('resource');
  return found;
}

export function roleOf(registry: Registry, id: string): Role {
  const found = registry.roles.find((role) => role.id === id);
  if (found === undefined) throw notFound('role');
  return found;
}

/** Those that an application has. */
export function rolesOf({ roles }: Registry, application: Application): readonly Role[] {
  return roles.filter(({ id }) => application.roles.includes(id));
}

/** The list with one member in the place of another. */
export function replaced<Member>(list: readonly Member[], old: Member, next: Member): readonly Member[] {
  return list.map((member) => (member === old ? next : member));
}

/** The list without one member. */
export function without<Member>(list: readonly Member[], gone: Member): readonly Member[] {
  return list.filter((member) => member !== gone);
}

function ownResource({ clientId, name, createdAt, scopes }: Application): ApiResource {
  return {
    id: clientId,
    name,
    indicator: clientId,
    createdAt,
    scopes: scopes.map((scope) => ({ name: scope, description: '' })),
    tokenFormat: 'jwt',
    typ: 'at+jwt',
    isDefault: false,
    restricted: false,
    introspectors: [clientId],
  };
}
