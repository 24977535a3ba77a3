import { z } from 'zod';
import { publishedKeys, removeKey } from '../oauth/keys/ring.ts';
import { type Registry, SIGNING_ALGS } from '../registry/registry.ts';
import type { RegistryApi } from './registry-api.ts';
import { type Route, route } from './route.ts';

const keyView = z.object({
  kid: z.string(),
  alg: z.enum(SIGNING_ALGS),
  state: z.enum(['next', 'current', 'previous']),
  createdAt: z.int(),
  currentSince: z.int().optional(),
  previousSince: z.int().optional(),
});

const keysView = z.object({ keys: z.array(keyView) });

const rotation = z.strictObject({
  force: z
    .boolean()
    .prefault(false)
    .describe('Also where verifiers may not know the next key yet: the lesser evil in an emergency'),
});

/** `/keys`: what signs access tokens. In an emergency: rotate, then delete the key that is previous now. */
export function keyRoutes(api: RegistryApi): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/keys',
      operation: 'listKeys',
      summary: 'The signing keys that verifiers are told of; private halves are never shown',
      answers: [{ status: 200, description: 'Next, current and previous', schema: keysView }],
      handle: async ({ tenant }) => {
        const { registry, now } = await api.snapshots.current(tenant);
        return { status: 200, body: view(registry, now) };
      },
    }),
    route({
      method: 'POST',
      path: '/keys/rotate',
      operation: 'rotateKeys',
      summary: 'The next key signs from now on, and a new next one is published',
      body: rotation,
      answers: [{ status: 200, description: 'As they are now', schema: keysView }],
      handle: async ({ tenant, body: { force }, actor }) => {
        await api.keys.rotate(tenant, actor, force);
        const { registry, now } = await api.snapshots.current(tenant);
        return { status: 200, body: view(registry, now) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/keys/{kid}',
      operation: 'deleteKey',
      summary: 'Kills a previous key, and every token that it signed',
      answers: [{ status: 204, description: 'It is gone' }],
      handle: async ({ tenant, params: { kid }, actor }) => {
        const make = (registry: Registry) => removeKey(registry, kid);
        await api.apply({ tenant, actor, action: 'key.delete', target: { kind: 'key', id: kid }, make });
        return { status: 204 };
      },
    }),
  ];
}

function view(registry: Registry, now: number) {
  return {
    keys: publishedKeys(registry, now).map(({ sealed: _sealed, publicJwk: _publicJwk, ...key }) => ({
      ...key,
      createdAt: Math.floor(key.createdAt),
      ...(key.currentSince !== undefined && { currentSince: Math.floor(key.currentSince) }),
      ...(key.previousSince !== undefined && { previousSince: Math.floor(key.previousSince) }),
    })),
  };
}
