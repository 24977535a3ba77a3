import { importJWK } from 'jose';
import type { PublicJwk } from '../registry/registry.ts';
import type { VerificationKey } from './jwt/issuer.ts';

/**
 * What each algorithm needs of a key; every one is asymmetric (RFC 7518 section 3.1, RFC 8037 section 3.1). RFC 9864 gave
 * EdDSA on Ed25519 a name of its own, which is what some clients write now.
 */
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
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
} as const satisfies Record<string, { kty: string; crv?: string }>;

export type Algorithm = keyof typeof ALGORITHMS;

/** A JSON Web Key as somebody sent it. */
export type Jwk = { readonly [member: string]: unknown };

/** Whether a key is of the kind that the algorithm needs; of no symmetric key that is true. */
export function fits({ kty, crv }: Jwk, alg: Algorithm): boolean {
  const needed: { kty: string; crv?: string } = ALGORITHMS[alg];
  return kty === needed.kty && (needed.crv === undefined || crv === needed.crv);
}

/** All that a public key is made of, RFC 7518 section 6 and RFC 8037 section 2. Nothing else is kept, or published. */
const PUBLIC_MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
  ['OKP', ['crv', 'x']],
]);

/** The public members of a key, whatever else it has. Undefined where it lacks one, or is weaker than is safe. */
export function publicMembers(jwk: Jwk): PublicJwk | undefined {
  const { kty } = jwk;
  const names = PUBLIC_MEMBERS.get(kty);
  if (typeof kty !== 'string' || names === undefined) return undefined;
  const members: Record<string, string> = {};
  for (const name of names) {
    const value = jwk[name];
    if (typeof value !== 'string') return undefined;
    members[name] = value;
  }
  return kty === 'RSA' && !isSoundRsa(members) ? undefined : { kty, ...members };
}

/** Rejects where the members are of the right kind and no key for all that, such as a point off its curve. */
export async function importVerificationKey(
  kid: string,
  alg: string,
  members: PublicJwk,
): Promise<VerificationKey> {
  const key = await importJWK(members, alg);
  if (key instanceof Uint8Array) throw new TypeError('the key is symmetric');
  return { kid, alg, key };
}

const MIN_RSA_BITS = 2_048;
/** What is larger costs whoever verifies more than it protects. */
const MAX_RSA_BITS = 8_192;

/** RFC 7518 section 3.3 asks for 2,048 bits. With an exponent of 1 everybody signs. */
function isSoundRsa({ n = '', e = '' }: Readonly<Record<string, string>>): boolean {
  const bits = bitsOf(n);
  return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS && bitsOf(e) > 1 && isOdd(e);
}

function isOdd(base64url: string): boolean {
  return ((Buffer.from(base64url, 'base64url').at(-1) ?? 0) & 1) === 1;
}

/** The length of an unsigned integer, big end first (RFC 7518 section 2), without its leading zeros. */
function bitsOf(base64url: string): number {
  const bytes = Buffer.from(base64url, 'base64url');
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first] ?? 0) - 24);
}
