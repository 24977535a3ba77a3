import { addSecret, remembered, removeSecret, rotateSecrets } from '../registry/applications.ts';
import { applicationOf } from '../registry/lookup.ts';
import { Refusal } from '../registry/refusal.ts';
import type { Registry } from '../registry/registry.ts';
import { answers, secretCreation, secretRotation } from './application-requests.ts';
import { mintSecret } from './applications.ts';
import type { RegistryApi } from './registry-api.ts';
import { type Route, route } from './route.ts';

/** `/applications/{clientId}/secrets`: several may work at a time, so that one is changed without a gap. */
export function applicationSecretRoutes(api: RegistryApi): readonly Route[] {
  return [listRoute(api), addRoute(api), rotateRoute(api), removeRoute(api)];
}

function listRoute(api: RegistryApi): Route {
  return route({
    method: 'GET',
    path: '/applications/{clientId}/secrets',
    operation: 'listSecrets',
    summary: 'The secrets, by name; also those that ended a short time ago, since their tokens may live',
    answers: [{ status: 200, description: 'Without their values', schema: answers.secrets }],
    handle: async ({ tenant, params: { clientId } }) => {
      const { registry, now } = await api.snapshots.current(tenant);
      const known = remembered(applicationOf(registry, clientId).secrets, now);
      const uses = await api.secretUses.of(tenant, clientId);
      const secrets = known.map((secret) => {
        const { name, createdAt, expiresAt } = secret;
        return { name, createdAt, expiresAt, lastUsedAt: uses.get(secret.id) };
      });
      return { status: 200, body: { secrets } };
    },
  });
}

function addRoute(api: RegistryApi): Route {
  return route({
    method: 'POST',
    path: '/applications/{clientId}/secrets',
    operation: 'addSecret',
    summary: 'One more secret',
    body: secretCreation,
    answers: [{ status: 201, description: 'With its value, this once', schema: answers.secret }],
    handle: async ({ tenant, params: { clientId }, body: { name, expiresAt }, actor }) => {
      const { secret, kept } = mintSecret(name, api.secrets);
      const make = (registry: Registry, now: number) => {
        if (expiresAt !== undefined && expiresAt <= now) {
          throw new Refusal('invalid', '"expiresAt" lies in the past. It is in seconds since the epoch.');
        }
        const made = { ...kept(Math.floor(now)), ...(expiresAt !== undefined && { expiresAt }) };
        return addSecret(registry, clientId, made, now);
      };
      const target = { kind: 'application', id: clientId } as const;
      const after = await api.apply({ tenant, actor, action: 'secret.create', target, make });
      return { status: 201, body: { ...view(after, clientId, name), secret: secret.reveal() } };
    },
  });
}

function rotateRoute(api: RegistryApi): Route {
  return route({
    method: 'POST',
    path: '/applications/{clientId}/secrets/rotate',
    operation: 'rotateSecrets',
    summary: 'A new secret in the place of all others',
    body: secretRotation,
    answers: [{ status: 201, description: 'With its value, this once', schema: answers.secret }],
    handle: async ({ tenant, params: { clientId }, body: { graceSeconds }, actor }) => {
      const name = `rotated-${crypto.randomUUID().slice(0, 8)}`;
      const { secret, kept } = mintSecret(name, api.secrets);
      const make = (registry: Registry, now: number) =>
        rotateSecrets(registry, clientId, kept(Math.floor(now)), { graceSeconds, now });
      const target = { kind: 'application', id: clientId } as const;
      const after = await api.apply({ tenant, actor, action: 'secret.rotate', target, make });
      return { status: 201, body: { ...view(after, clientId, name), secret: secret.reveal() } };
    },
  });
}

function removeRoute(api: RegistryApi): Route {
  return route({
    method: 'DELETE',
    path: '/applications/{clientId}/secrets/{name}',
    operation: 'deleteSecret',
    summary: 'Takes a secret away, and with it the tokens that were obtained with it',
    answers: [{ status: 204, description: 'It is gone' }],
    handle: async ({ tenant, params: { clientId, name }, actor }) => {
      const make = (registry: Registry, now: number) => removeSecret(registry, clientId, name, now);
      const target = { kind: 'application', id: clientId } as const;
      await api.apply({ tenant, actor, action: 'secret.delete', target, make });
      return { status: 204 };
    },
  });
}

function view(registry: Registry, clientId: string, name: string) {
  const secret = applicationOf(registry, clientId).secrets.findLast((one) => one.name === name);
  return { name, createdAt: secret?.createdAt, expiresAt: secret?.expiresAt };
}
