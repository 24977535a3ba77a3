import { importJWK } from 'jose';
import { isSoundRsa, PUBLIC_MEMBERS } from '../../jwk.ts';
import type { VerificationKey } from '../issuer.ts';
import { isObject } from '../parse.ts';

/** What each algorithm needs of a key; every one is asymmetric (RFC 7518 section 3.1, RFC 8037 section 3.1). */
const ALGORITHMS = {
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
} as const satisfies Record<string, { kty: string; crv?: string }>;

export type Algorithm = keyof typeof ALGORITHMS;

/** A JWK that may be used, not imported yet. */
export type UsableJwk = {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly members: Readonly<Record<string, string>>;
};

/**
 * RFC 7517 section 4. Undefined unless it is a public key that verifies signatures, by exactly one of the algorithms.
 * A key without `kid` gets the empty one.
 */
export function parseJwk(jwk: unknown, algorithms: readonly Algorithm[]): UsableJwk | undefined {
  if (!isObject(jwk) || Object.hasOwn(jwk, 'd') || !isForVerification(jwk)) return undefined;
  const { kid = '' } = jwk;
  const alg = pinAlgorithm(jwk, algorithms);
  if (typeof kid !== 'string' || alg === undefined) return undefined;
  const { kty } = ALGORITHMS[alg];
  const members: Record<string, string> = { kty };
  for (const name of PUBLIC_MEMBERS[kty]) {
    const value = jwk[name];
    if (typeof value !== 'string') return undefined;
    members[name] = value;
  }
  return kty === 'RSA' && !isSoundRsa(members) ? undefined : { kid, alg, members };
}

/** Two JWKs with the same name are the same key. */
export function nameOf({ kid, alg, members }: UsableJwk): string {
  return JSON.stringify([kid, alg, members]);
}

/** Undefined where the members are of the right kind and no key for all that, such as a point off its curve. */
export async function importKey({ kid, alg, members }: UsableJwk): Promise<VerificationKey | undefined> {
  try {
    const key = await importJWK(members, alg);
    return key instanceof Uint8Array ? undefined : { kid, alg, key };
  } catch {
    return undefined;
  }
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

function fits({ kty, crv }: Record<string, unknown>, alg: Algorithm): boolean {
  const needed: { kty: string; crv?: string } = ALGORITHMS[alg];
  return kty === needed.kty && (needed.crv === undefined || crv === needed.crv);
}
