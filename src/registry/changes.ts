import { randomBytes } from 'node:crypto';
import { refuseGrowth } from './limits.ts';
import type { RegistryStore } from './ports.ts';
import { Refusal } from './refusal.ts';
import type { Registry } from './registry.ts';
import type { Snapshots } from './snapshots.ts';

/** One change: who asks for it, what it is called in the audit trail, and what it does. */
export type Change = {
  readonly tenant: string;
  readonly actor: string;
  /** As in `application.create`. */
  readonly action: string;
  readonly target: Target;
  /** Throws a `Refusal` where the change may not be; gives the registry itself where there is nothing to do. */
  readonly make: (registry: Registry, now: number) => Registry;
};

/** What of the registry an entry of the audit trail shows before and after. */
export type Target = {
  readonly kind: 'application' | 'resource' | 'role' | 'key' | 'tokens';
  readonly id: string;
};

/** Makes a change, and gives the registry that came of it. Rejects with `Refusal`, or `CannotTell`. */
export type Apply = (change: Change) => Promise<Registry>;

const MAX_ATTEMPTS = 20;

/**
 * Two changes at a time do not lose one another: each is made on what stands, and made again where another came first.
 * Change and entry of the audit trail are one step of the store, so that neither is without the other.
 *
 * Those of one tenant that are asked for here take turns, so that however many come at once only replicas compete.
 */
export function createApply(store: RegistryStore, snapshots: Snapshots): Apply {
  const applyOnce = createApplyOnce(store, snapshots);
  const last = new Map<string, Promise<unknown>>();
  return (change) => {
    const turn = (last.get(change.tenant) ?? Promise.resolve()).then(() => applyOnce(change));
    last.set(
      change.tenant,
      turn.catch(() => undefined),
    );
    return turn;
  };
}

function createApplyOnce(store: RegistryStore, snapshots: Snapshots): Apply {
  return async ({ tenant, actor, action, target, make }) => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { version, registry, now } = await snapshots.current(tenant);
      const next = make(registry, now);
      if (next === registry) return registry;
      if (!isUrgent(action)) refuseGrowth(registry, next);
      const entry = {
        id: newId(),
        at: Math.floor(now),
        actor,
        action,
        target: target.id,
        ...shown('before', registry, target),
        ...shown('after', next, target),
      };
      if (await store.replace(tenant, version, { version: newId(), registry: next }, [entry])) return next;
    }
    throw new Refusal('busy', 'Too many changes at a time. Nothing was done; try again.');
  };
}

/** Without a key nothing can be issued, and a secret that leaked has to go: never refused for want of room. */
function isUrgent(action: string): boolean {
  return action.startsWith('key.') || action === 'secret.rotate';
}

function newId(): string {
  return randomBytes(16).toString('base64url');
}

function shown(name: 'before' | 'after', registry: Registry, target: Target) {
  const value = partOf(registry, target);
  return value === undefined ? {} : { [name]: JSON.parse(JSON.stringify(value, withoutSecrets)) };
}

function partOf(registry: Registry, { kind, id }: Target): unknown {
  switch (kind) {
    case 'application':
      return registry.applications.find(({ clientId }) => clientId === id);
    case 'resource':
      return registry.resources.find((resource) => resource.id === id);
    case 'role':
      return registry.roles.find((role) => role.id === id);
    case 'key':
      return registry.keys.map(({ kid, alg, state }) => ({ kid, alg, state }));
    case 'tokens':
      return { accessTokenTtl: registry.accessTokenTtl };
  }
}

/** Not even what was made of a secret belongs into the trail. */
function withoutSecrets(member: string, value: unknown): unknown {
  return member === 'digest' || member === 'sealed' ? undefined : value;
}
