import { randomBytes, randomUUID } from 'node:crypto';
import { Secret } from '../lib/secret.ts';
import { readClientKeys } from '../oauth/keys/client-keys.ts';
import type { DerivedSecrets } from '../oauth/keys/sealing.ts';
import * as declare from '../registry/applications.ts';
import { applicationOf } from '../registry/lookup.ts';
import type { Application, ClientSecret, Registry } from '../registry/registry.ts';
import { answers, applicationChange, applicationCreation } from './application-requests.ts';
import { type RegistryApi, registryOf, tenantOf } from './registry-api.ts';
import { type Route, route } from './route.ts';

/** `/applications`: OAuth clients, in the shapes of IBM App ID. */
export function applicationRoutes(api: RegistryApi): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/applications',
      operation: 'listApplications',
      summary: 'All applications',
      answers: [{ status: 200, description: 'Without their secrets', schema: answers.applications }],
      handle: async ({ tenant }) => {
        const { applications } = await registryOf(api, tenant);
        return { status: 200, body: { applications: applications.map((one) => view(api, tenant, one)) } };
      },
    }),
    registerRoute(api),
    route({
      method: 'GET',
      path: '/applications/{clientId}',
      operation: 'getApplication',
      summary: 'One application',
      answers: [{ status: 200, description: 'Without its secrets', schema: answers.application }],
      handle: async ({ tenant, params }) => ({
        status: 200,
        body: view(api, tenant, applicationOf(await registryOf(api, tenant), params.clientId)),
      }),
    }),
    changeRoute(api),
    route({
      method: 'DELETE',
      path: '/applications/{clientId}',
      operation: 'deleteApplication',
      summary: 'Deletes it; its tokens die with it',
      answers: [{ status: 204, description: 'It is gone' }],
      handle: async ({ tenant, params: { clientId }, actor }) => {
        const target = { kind: 'application', id: clientId } as const;
        const make = (registry: Registry) => declare.removeApplication(registry, clientId);
        await api.apply({ tenant, actor, action: 'application.delete', target, make });
        return { status: 204 };
      },
    }),
  ];
}

function registerRoute(api: RegistryApi): Route {
  return route({
    method: 'POST',
    path: '/applications',
    operation: 'registerApplication',
    summary: 'Registers an application',
    body: applicationCreation,
    answers: [{ status: 200, description: 'With its secret, this once', schema: answers.registered }],
    handle: async ({ tenant, body, actor }) => {
      const { jwks, type = 'regularwebapp', ...asked } = body;
      const clientId = randomUUID();
      const keys = await readClientKeys(jwks?.keys ?? []);
      const { secret, kept } = mintSecret('default', api.secrets);
      const make = (registry: Registry, now: number) => {
        const createdAt = Math.floor(now);
        const application: Application = {
          clientId,
          type,
          enabled: true,
          createdAt,
          grantTypes: type === 'singlepageapp' ? [] : ['client_credentials'],
          claims: {},
          ...asked,
          jwks: keys,
          secrets: [kept(createdAt)],
          scopes: [],
          grants: [],
          roles: [],
        };
        return declare.addApplication(registry, application, api.limits);
      };
      const target = { kind: 'application', id: clientId } as const;
      const after = await api.apply({ tenant, actor, action: 'application.create', target, make });
      const made = view(api, tenant, applicationOf(after, clientId));
      return { status: 200, body: { ...made, secret: secret.reveal() } };
    },
  });
}

function changeRoute(api: RegistryApi): Route {
  return route({
    method: 'PUT',
    path: '/applications/{clientId}',
    operation: 'changeApplication',
    summary:
      'Changes it; what is not named stays. Disabled, its tokens are refused from the next decision on',
    body: applicationChange,
    answers: [{ status: 200, description: 'As it is now', schema: answers.application }],
    handle: async ({ tenant, params: { clientId }, body: { jwks, ...changes }, actor }) => {
      const keys = jwks && { jwks: await readClientKeys(jwks.keys) };
      const make = (registry: Registry) =>
        declare.changeApplication(registry, clientId, { ...changes, ...keys });
      const target = { kind: 'application', id: clientId } as const;
      const after = await api.apply({ tenant, actor, action: 'application.change', target, make });
      return { status: 200, body: view(api, tenant, applicationOf(after, clientId)) };
    },
  });
}

/** A secret of 256 bits, in characters that are the same raw and form-encoded. What is kept of it is a digest. */
export function mintSecret(
  name: string,
  { digest }: DerivedSecrets,
): { secret: Secret; kept: (createdAt: number) => ClientSecret } {
  const secret = randomBytes(32).toString('base64url');
  const id = randomBytes(12).toString('base64url');
  return {
    secret: new Secret(secret),
    kept: (createdAt) => ({ id, name, digest: digest(secret), createdAt }),
  };
}

function view(api: RegistryApi, tenant: string, application: Application) {
  const { clientId, name, type, enabled, grantTypes, accessTokenTtl, claims, jwks } = application;
  const { issuer } = tenantOf(api, tenant);
  return {
    clientId,
    tenantId: tenant,
    name,
    type,
    enabled,
    oAuthServerUrl: issuer,
    profilesUrl: api.publicUrl,
    discoveryEndpoint: `${issuer}/.well-known/openid-configuration`,
    grantTypes,
    ...(accessTokenTtl !== undefined && { accessTokenTtl }),
    claims,
    ...(jwks.length > 0 && { jwks: { keys: jwks.map(({ jwk }) => jwk) } }),
  };
}
