import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { findApplication, roleOf } from '../registry/lookup.ts';
import type { Access, Registry, Role } from '../registry/registry.ts';
import { addRole, changeRole, removeRole } from '../registry/roles.ts';
import { description, indicator, label, scopeName } from './application-requests.ts';
import { type RegistryApi, registryOf } from './registry-api.ts';
import { type Route, route } from './route.ts';

/** IBM App ID names an application by its id; every other API resource has an identifier. */
const access = z
  .strictObject({
    application_id: indicator.exactOptional(),
    resource: indicator.exactOptional(),
    scopes: z.array(scopeName),
  })
  .transform(({ application_id, resource, scopes }, context): Access => {
    const [named, ...others] = [application_id, resource].filter((one) => one !== undefined);
    if (named !== undefined && others.length === 0) return { resource: named, scopes: [...new Set(scopes)] };
    context.addIssue({ code: 'custom', message: 'must have an application_id or a resource' });
    return z.NEVER;
  });

const roleBody = z.strictObject({
  name: label(100),
  description: description.prefault(''),
  access: z.array(access).max(200).prefault([]),
});

const accessView = z.object({
  application_id: z.string().exactOptional(),
  resource: z.string().exactOptional(),
  scopes: z.array(z.string()),
});

const roleView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  access: z.array(accessView),
});
const rolesView = z.object({ roles: z.array(roleView) });

/** `/roles`: named sets of scopes, given to applications. */
export function roleRoutes(api: RegistryApi): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/roles',
      operation: 'listRoles',
      summary: 'All roles',
      answers: [{ status: 200, description: 'With what they give', schema: rolesView }],
      handle: async ({ tenant }) => {
        const registry = await registryOf(api, tenant);
        return { status: 200, body: { roles: registry.roles.map((role) => view(registry, role)) } };
      },
    }),
    createRoute(api),
    route({
      method: 'GET',
      path: '/roles/{id}',
      operation: 'getRole',
      summary: 'One role',
      answers: [{ status: 200, description: 'With what it gives', schema: roleView }],
      handle: async ({ tenant, params }) => {
        const registry = await registryOf(api, tenant);
        return { status: 200, body: view(registry, roleOf(registry, params.id)) };
      },
    }),
    replaceRoute(api),
    route({
      method: 'DELETE',
      path: '/roles/{id}',
      operation: 'deleteRole',
      summary: 'Takes a role from all who have it, live tokens too',
      answers: [{ status: 204, description: 'It is gone' }],
      handle: async ({ tenant, params: { id }, actor }) => {
        const make = (registry: Registry) => removeRole(registry, id);
        await api.apply({ tenant, actor, action: 'role.delete', target: { kind: 'role', id }, make });
        return { status: 204 };
      },
    }),
  ];
}

function createRoute(api: RegistryApi): Route {
  return route({
    method: 'POST',
    path: '/roles',
    operation: 'createRole',
    summary: 'Makes a role',
    body: roleBody,
    answers: [{ status: 201, description: 'As it is now', schema: roleView }],
    handle: async ({ tenant, body, actor }) => {
      const role = { id: randomUUID(), ...body };
      const target = { kind: 'role', id: role.id } as const;
      const make = (registry: Registry) => addRole(registry, role, api.limits);
      const after = await api.apply({ tenant, actor, action: 'role.create', target, make });
      return { status: 201, body: view(after, role) };
    },
  });
}

function replaceRoute(api: RegistryApi): Route {
  return route({
    method: 'PUT',
    path: '/roles/{id}',
    operation: 'replaceRole',
    summary: 'Replaces a role; live tokens lose what it gave',
    body: roleBody,
    answers: [{ status: 200, description: 'As it is now', schema: roleView }],
    handle: async ({ tenant, params: { id }, body, actor }) => {
      const role = { id, ...body };
      const make = (registry: Registry) => changeRole(registry, role);
      const after = await api.apply({
        tenant,
        actor,
        action: 'role.change',
        target: { kind: 'role', id },
        make,
      });
      return { status: 200, body: view(after, role) };
    },
  });
}

function view(registry: Registry, { access, ...role }: Role) {
  return {
    ...role,
    access: access.map(({ resource, scopes }) =>
      findApplication(registry, resource) === undefined
        ? { resource, scopes }
        : { application_id: resource, scopes },
    ),
  };
}
