import { resourceOf } from '../registry/lookup.ts';
import type { Registry } from '../registry/registry.ts';
import { addScope, removeScope } from '../registry/resources.ts';
import { type RegistryApi, registryOf } from './registry-api.ts';
import { answers, scopeCreation } from './resource-requests.ts';
import { type Route, route } from './route.ts';

/** `/resources/{id}/scopes`: the permissions of an API resource. */
export function resourceScopeRoutes(api: RegistryApi): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/resources/{id}/scopes',
      operation: 'listScopes',
      summary: 'Its scopes',
      answers: [{ status: 200, description: 'All of them', schema: answers.scopes }],
      handle: async ({ tenant, params }) => {
        const { scopes } = resourceOf(await registryOf(api, tenant), params.id);
        return { status: 200, body: { scopes } };
      },
    }),
    route({
      method: 'POST',
      path: '/resources/{id}/scopes',
      operation: 'addScope',
      summary: 'One more scope; nobody has it before it is granted',
      body: scopeCreation,
      answers: [{ status: 201, description: 'The scope', schema: answers.scope }],
      handle: async ({ tenant, params: { id }, body: { name, description = '' }, actor }) => {
        const scope = { name, description };
        const make = (registry: Registry) => addScope(registry, id, scope, api.limits);
        const target = { kind: 'resource', id } as const;
        await api.apply({ tenant, actor, action: 'scope.create', target, make });
        return { status: 201, body: scope };
      },
    }),
    route({
      method: 'DELETE',
      path: '/resources/{id}/scopes/{name}',
      operation: 'deleteScope',
      summary: 'Takes a scope from all who have it, live tokens too',
      answers: [{ status: 204, description: 'It is gone' }],
      handle: async ({ tenant, params: { id, name }, actor }) => {
        const make = (registry: Registry) => removeScope(registry, id, name);
        const target = { kind: 'resource', id } as const;
        await api.apply({ tenant, actor, action: 'scope.delete', target, make });
        return { status: 204 };
      },
    }),
  ];
}
