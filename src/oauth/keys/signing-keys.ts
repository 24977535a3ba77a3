import { type CryptoKey, importPKCS8 } from 'jose';
import { CannotTell } from '../../decision/session.ts';
import type { Apply } from '../../registry/changes.ts';
import type { Registry, SigningAlg, SigningKey } from '../../registry/registry.ts';
import type { Snapshots } from '../../registry/snapshots.ts';
import { generateSigningKey, sealingContext } from './generate.ts';
import { currentKey, rotated, rotationIsDue, withFirstKeys } from './ring.ts';
import type { DerivedSecrets } from './sealing.ts';

/** What signs: never more than one key of an algorithm, whichever replica asks. */
export type Signer = { readonly kid: string; readonly alg: SigningAlg; readonly privateKey: CryptoKey };

/** A tenant's registry as it was just read, and the store's time. */
export type Known = { readonly registry: Registry; readonly now: number };

export type SigningKeys = {
  /** The current key; the one before, where a rotation is due and can't be kept. */
  signer(tenant: string, alg: SigningAlg, known: Known): Promise<Signer>;
  /** What is known, with keys of the algorithm: made, or rotated by age, where that is due. */
  ready(tenant: string, alg: SigningAlg, known: Known): Promise<Known>;
  /** By hand: every algorithm in use, in one step. Rejects with a `Refusal` as `rotated` throws it. */
  rotate(tenant: string, actor: string, force: boolean): Promise<Registry>;
};

export type KeyParts = {
  readonly snapshots: Snapshots;
  readonly apply: Apply;
  readonly secrets: DerivedSecrets;
  /** The age at which a key stops signing. */
  readonly rotationSeconds: number;
};

/** To make a key costs more than to be asked for it: after one that could not be kept, none is made for so long. */
const PAUSE_SECONDS = 5;

/** Who changes keys where nobody asked for it, in the audit trail. */
const ITSELF = 'postern';

export function createSigningKeys(parts: KeyParts): SigningKeys {
  const open = createOpen(parts.secrets);
  const making = new Map<string, Promise<Registry>>();
  /** One is made at a time for all who ask at once. */
  const once = (name: string, make: () => Promise<Registry>): Promise<Registry> => {
    const under = making.get(name) ?? make().finally(() => making.delete(name));
    making.set(name, under);
    return under;
  };
  const paused = new Map<string, number>();
  const ready: SigningKeys['ready'] = async (tenant, alg, known) => {
    const make = dueWork(known.registry, alg, parts.rotationSeconds, known.now);
    if (make === undefined) return known;
    const name = `${tenant} ${alg}`;
    if (known.now < (paused.get(name) ?? 0))
      throw new CannotTell('store_unavailable', 'no key could be kept');
    try {
      return { ...known, registry: await once(name, () => make(parts, tenant, alg)) };
    } catch (error) {
      paused.set(name, known.now + PAUSE_SECONDS);
      throw error;
    }
  };
  return {
    ready,
    async signer(tenant, alg, known) {
      const { registry } = await ready(tenant, alg, known).catch((error: unknown) => {
        if (currentKey(known.registry, alg) === undefined || !(error instanceof CannotTell)) throw error;
        return known;
      });
      const key = currentKey(registry, alg);
      if (key === undefined) throw new Error('there is no signing key, though one was made');
      return { kid: key.kid, alg, privateKey: await open(tenant, key) };
    },
    rotate: (tenant, actor, force) => rotateByHand(parts, tenant, actor, force),
  };
}

type Make = (parts: KeyParts, tenant: string, alg: SigningAlg) => Promise<Registry>;

function dueWork(
  registry: Registry,
  alg: SigningAlg,
  rotationSeconds: number,
  now: number,
): Make | undefined {
  if (currentKey(registry, alg) === undefined) return makeFirst;
  return rotationIsDue(registry, alg, rotationSeconds, now) ? rotateByAge : undefined;
}

async function makeFirst({ apply, secrets }: KeyParts, tenant: string, alg: SigningAlg): Promise<Registry> {
  const first = await generateSigningKey(tenant, alg, secrets);
  const second = await generateSigningKey(tenant, alg, secrets);
  return apply({
    tenant,
    actor: ITSELF,
    action: 'key.create',
    target: { kind: 'key', id: first.kid },
    make: (registry, now) => withFirstKeys(registry, [first, second], now),
  });
}

async function rotateByAge(parts: KeyParts, tenant: string, alg: SigningAlg): Promise<Registry> {
  const fresh = await generateSigningKey(tenant, alg, parts.secrets);
  return parts.apply({
    tenant,
    actor: ITSELF,
    action: 'key.rotate',
    target: { kind: 'key', id: fresh.kid },
    // Asked again on what stands: another replica may have been first.
    make: (registry, now) =>
      rotationIsDue(registry, alg, parts.rotationSeconds, now)
        ? rotated(registry, fresh, now, false)
        : registry,
  });
}

async function rotateByHand(
  { snapshots, apply, secrets }: KeyParts,
  tenant: string,
  actor: string,
  force: boolean,
): Promise<Registry> {
  const { registry } = await snapshots.current(tenant);
  const inUse = registry.keys.filter(({ state }) => state === 'current');
  const fresh = await Promise.all(inUse.map(({ alg }) => generateSigningKey(tenant, alg, secrets)));
  return apply({
    tenant,
    actor,
    action: 'key.rotate',
    target: { kind: 'key', id: fresh.map(({ kid }) => kid).join(' ') },
    make: (before, now) => fresh.reduce((keys, key) => rotated(keys, key, now, force), before),
  });
}

const MAX_OPEN_KEYS = 1_000;

/** Private keys that were unsealed, by what they were sealed as. */
function createOpen(secrets: DerivedSecrets) {
  const opened = new Map<string, Promise<CryptoKey>>();
  return (tenant: string, { kid, alg, sealed }: SigningKey): Promise<CryptoKey> => {
    const known = opened.get(sealed);
    if (known !== undefined) return known;
    if (opened.size >= MAX_OPEN_KEYS) opened.clear();
    const key = importPKCS8(secrets.unseal(sealed, sealingContext(tenant, kid)), alg);
    opened.set(sealed, key);
    return key;
  };
}
