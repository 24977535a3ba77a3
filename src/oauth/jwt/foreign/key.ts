import type { PublicJwk } from '../../../registry/registry.ts';
import { type Algorithm, fits, importVerificationKey, publicMembers } from '../../jwk.ts';
import type { VerificationKey } from '../issuer.ts';
import { isObject } from '../parse.ts';

/** A JWK that may be used, not imported yet. */
export type UsableJwk = { readonly kid: string; readonly alg: Algorithm; readonly members: PublicJwk };

/**
 * RFC 7517 section 4. Undefined unless it is a public key that verifies signatures, by exactly one of the algorithms.
 * A key without `kid` gets the empty one.
 */
export function parseJwk(jwk: unknown, algorithms: readonly Algorithm[]): UsableJwk | undefined {
  if (!isObject(jwk) || Object.hasOwn(jwk, 'd') || !isForVerification(jwk)) return undefined;
  const { kid = '' } = jwk;
  const alg = pinAlgorithm(jwk, algorithms);
  const members = publicMembers(jwk);
  if (typeof kid !== 'string' || alg === undefined || members === undefined) return undefined;
  return { kid, alg, members };
}

/** Two JWKs with the same name are the same key. */
export function nameOf({ kid, alg, members }: UsableJwk): string {
  return JSON.stringify([kid, alg, members]);
}

/** Undefined where the members do not make a key. */
export function importKey({ kid, alg, members }: UsableJwk): Promise<VerificationKey | undefined> {
  return importVerificationKey(kid, alg, members).catch(() => undefined);
}

function isForVerification({ use, key_ops: operations }: Record<string, unknown>): boolean {
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

/** Its own `alg`; without one, what it can be used for must not be the token's choice. */
function pinAlgorithm(jwk: Record<string, unknown>, algorithms: readonly Algorithm[]): Algorithm | undefined {
  const fitting = algorithms.filter((alg) => fits(jwk, alg));
  if (jwk.alg !== undefined) return fitting.find((alg) => alg === jwk.alg);
  return fitting.length === 1 ? fitting[0] : undefined;
}
