import * as declare from '../registry/applications.ts';
import { applicationOf, rolesOf } from '../registry/lookup.ts';
import type { Application, Registry } from '../registry/registry.ts';
import { answers, grants, ownScopes, roleIds } from './application-requests.ts';
import { type RegistryApi, registryOf } from './registry-api.ts';
import { type Route, route } from './route.ts';

/** What an application offers, and what it may ask for. Each call replaces the whole list. */
export function applicationAccessRoutes(api: RegistryApi): readonly Route[] {
  return [...scopeRoutes(api), ...grantRoutes(api), ...roleRoutes(api)];
}

function scopeRoutes(api: RegistryApi): readonly Route[] {
  const path = '/applications/{clientId}/scopes';
  const schema = answers.scopes;
  return [
    route({
      method: 'GET',
      path,
      operation: 'getApplicationScopes',
      summary: 'What it offers as a protected API of its own, whose identifier is its client id',
      answers: [{ status: 200, description: 'Its scopes', schema }],
      handle: async ({ tenant, params }) => {
        const { scopes } = applicationOf(await registryOf(api, tenant), params.clientId);
        return { status: 200, body: { scopes } };
      },
    }),
    route({
      method: 'PUT',
      path,
      operation: 'setApplicationScopes',
      summary: 'Replaces what it offers; a scope that is gone is taken from all, live tokens too',
      body: ownScopes,
      answers: [{ status: 200, description: 'Its scopes', schema }],
      handle: async ({ tenant, params: { clientId }, body, actor }) => {
        const wanted = [...new Set(body.scopes)];
        const target = { kind: 'application', id: clientId } as const;
        const make = (registry: Registry) => declare.setOwnScopes(registry, clientId, wanted, api.limits);
        const after = await api.apply({ tenant, actor, action: 'application.scopes', target, make });
        return { status: 200, body: { scopes: applicationOf(after, clientId).scopes } };
      },
    }),
  ];
}

function grantRoutes(api: RegistryApi): readonly Route[] {
  const path = '/applications/{clientId}/grants';
  const schema = answers.grants;
  return [
    route({
      method: 'GET',
      path,
      operation: 'getApplicationGrants',
      summary: 'What it may ask for, beside what its roles give',
      answers: [{ status: 200, description: 'Its grants', schema }],
      handle: async ({ tenant, params }) => {
        const application = applicationOf(await registryOf(api, tenant), params.clientId);
        return { status: 200, body: { grants: application.grants } };
      },
    }),
    route({
      method: 'PUT',
      path,
      operation: 'setApplicationGrants',
      summary: 'Replaces what it may ask for; live tokens lose what is gone',
      body: grants,
      answers: [{ status: 200, description: 'Its grants', schema }],
      handle: async ({ tenant, params: { clientId }, body, actor }) => {
        const target = { kind: 'application', id: clientId } as const;
        const make = (registry: Registry) => declare.setGrants(registry, clientId, body.grants);
        const after = await api.apply({ tenant, actor, action: 'application.grants', target, make });
        return { status: 200, body: { grants: applicationOf(after, clientId).grants } };
      },
    }),
  ];
}

function roleRoutes(api: RegistryApi): readonly Route[] {
  const path = '/applications/{clientId}/roles';
  const schema = answers.roles;
  return [
    route({
      method: 'GET',
      path,
      operation: 'getApplicationRoles',
      summary: 'Its roles',
      answers: [{ status: 200, description: 'Its roles', schema }],
      handle: async ({ tenant, params }) => {
        const registry = await registryOf(api, tenant);
        const application = applicationOf(registry, params.clientId);
        return { status: 200, body: { roles: namesOf(registry, application) } };
      },
    }),
    route({
      method: 'PUT',
      path,
      operation: 'setApplicationRoles',
      summary: 'Replaces its roles; live tokens lose what is gone',
      body: roleIds,
      answers: [{ status: 200, description: 'Its roles', schema }],
      handle: async ({ tenant, params: { clientId }, body, actor }) => {
        const target = { kind: 'application', id: clientId } as const;
        const make = (registry: Registry) => declare.setRoles(registry, clientId, body.roles.ids);
        const after = await api.apply({ tenant, actor, action: 'application.roles', target, make });
        return { status: 200, body: { roles: namesOf(after, applicationOf(after, clientId)) } };
      },
    }),
  ];
}

function namesOf(registry: Registry, application: Application) {
  return rolesOf(registry, application).map(({ id, name }) => ({ id, name }));
}
