import { randomUUID } from 'node:crypto';
import { resourceOf } from '../registry/lookup.ts';
import { Refusal } from '../registry/refusal.ts';
import type { ApiResource, Registry, SigningAlg } from '../registry/registry.ts';
import * as declare from '../registry/resources.ts';
import { type RegistryApi, registryOf, tenantOf } from './registry-api.ts';
import { answers, resourceChange, resourceCreation } from './resource-requests.ts';
import { type Route, route } from './route.ts';

/** `/resources`: protected APIs, as Logto has them: a name and an identifier that never change. */
export function resourceRoutes(api: RegistryApi): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/resources',
      operation: 'listResources',
      summary: 'All API resources, with the built-in one',
      answers: [{ status: 200, description: 'With their scopes', schema: answers.resources }],
      handle: async ({ tenant }) => {
        const { resources } = await registryOf(api, tenant);
        return { status: 200, body: { resources: resources.map(view) } };
      },
    }),
    declareRoute(api),
    route({
      method: 'GET',
      path: '/resources/{id}',
      operation: 'getResource',
      summary: 'One API resource',
      answers: [{ status: 200, description: 'With its scopes', schema: answers.resource }],
      handle: async ({ tenant, params }) => ({
        status: 200,
        body: view(resourceOf(await registryOf(api, tenant), params.id)),
      }),
    }),
    changeRoute(api),
    route({
      method: 'DELETE',
      path: '/resources/{id}',
      operation: 'deleteResource',
      summary: 'Deletes it; its tokens die with it, and its identifier is never given again',
      answers: [{ status: 204, description: 'It is gone' }],
      handle: async ({ tenant, params: { id }, actor }) => {
        const make = (registry: Registry) => declare.removeResource(registry, id);
        const target = { kind: 'resource', id } as const;
        await api.apply({ tenant, actor, action: 'resource.delete', target, make });
        return { status: 204 };
      },
    }),
  ];
}

function declareRoute(api: RegistryApi): Route {
  return route({
    method: 'POST',
    path: '/resources',
    operation: 'declareResource',
    summary: 'Declares an API resource',
    body: resourceCreation,
    answers: [{ status: 201, description: 'As it is now', schema: answers.resource }],
    handle: async ({ tenant, body, actor }) => {
      refuseUnsupported(api, tenant, body.signingAlg);
      const id = randomUUID();
      const make = (registry: Registry, now: number) => {
        const resource: ApiResource = {
          id,
          createdAt: Math.floor(now),
          scopes: [],
          tokenFormat: 'jwt',
          typ: 'at+jwt',
          isDefault: false,
          restricted: false,
          introspectors: [],
          ...body,
        };
        return declare.addResource(registry, resource, api.limits);
      };
      const target = { kind: 'resource', id } as const;
      const after = await api.apply({ tenant, actor, action: 'resource.create', target, make });
      return { status: 201, body: view(resourceOf(after, id)) };
    },
  });
}

function changeRoute(api: RegistryApi): Route {
  return route({
    method: 'PATCH',
    path: '/resources/{id}',
    operation: 'changeResource',
    summary: 'Changes how its tokens are; name and identifier never change',
    body: resourceChange,
    answers: [{ status: 200, description: 'As it is now', schema: answers.resource }],
    handle: async ({ tenant, params: { id }, body, actor }) => {
      refuseUnsupported(api, tenant, body.signingAlg);
      const make = (registry: Registry) => declare.changeResource(registry, id, body);
      const target = { kind: 'resource', id } as const;
      const after = await api.apply({ tenant, actor, action: 'resource.change', target, make });
      return { status: 200, body: view(resourceOf(after, id)) };
    },
  });
}

function refuseUnsupported(
  api: RegistryApi,
  tenant: string,
  signingAlg: SigningAlg | null | undefined,
): void {
  if (signingAlg === undefined || signingAlg === null || signingAlg === 'RS256') return;
  if (tenantOf(api, tenant).tokenProfile !== 'appid') return;
  throw new Refusal('invalid', 'In the profile appid, tokens are signed with RS256 alone.');
}

function view({ createdAt: _createdAt, ...resource }: ApiResource) {
  return resource;
}
