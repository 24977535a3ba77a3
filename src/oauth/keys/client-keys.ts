import { calculateJwkThumbprint, importJWK } from 'jose';
import { Refusal } from '../../registry/refusal.ts';
import type { ClientKey } from '../../registry/registry.ts';
import { isSoundRsa } from '../jwk.ts';
import { ASSERTION_ALGS } from '../metadata.ts';
import { publicMembers } from './generate.ts';

/**
 * The algorithms that a key of this type can verify; an EC key of another curve, or a symmetric key, has none. RFC 9864
 * gave EdDSA on Ed25519 a name of its own, which is what some clients write now.
 */
export function algsOf({ kty, crv }: { readonly kty?: string; readonly crv?: string }): readonly string[] {
  if (kty === 'RSA') return ['RS256', 'PS256'];
  if (kty === 'EC') return crv === 'P-256' ? ['ES256'] : crv === 'P-384' ? ['ES384'] : [];
  return kty === 'OKP' && crv === 'Ed25519' ? ['EdDSA', 'Ed25519'] : [];
}

export type JsonWebKeys = ReadonlyArray<{ readonly [member: string]: unknown }>;

/** The public keys with which an application proves who it is. Rejects with a `Refusal` for one that is of no use. */
export function readClientKeys(keys: JsonWebKeys): Promise<readonly ClientKey[]> {
  return Promise.all(keys.map(readClientKey));
}

async function readClientKey(jwk: JsonWebKeys[number]): Promise<ClientKey> {
  if ('d' in jwk || 'k' in jwk) throw refused('it is not public. Keep it to yourself, and make another');
  const [kty, crv, alg, kid] = ['kty', 'crv', 'alg', 'kid'].map((name) => textOf(jwk[name]));
  const algs = algsOf({ ...(kty !== undefined && { kty }), ...(crv !== undefined && { crv }) });
  const [usual] = algs;
  if (usual === undefined) throw refused(`its algorithm is none of ${ASSERTION_ALGS.join(', ')}`);
  if (alg !== undefined && !algs.includes(alg)) throw refused('its "alg" does not fit its "kty"');
  if (jwk.use !== undefined && jwk.use !== 'sig') throw refused('its "use" is not "sig"');
  if (kty === 'RSA' && !isSoundRsa(jwk))
    throw refused('it has not 2,048 to 8,192 bits, or no exponent that is safe');
  try {
    const members = publicMembers(jwk);
    await importJWK(members, usual);
    return {
      thumbprint: await calculateJwkThumbprint(members),
      jwk: { ...members, ...(alg !== undefined && { alg }), ...(kid !== undefined && { kid }) },
    };
  } catch {
    throw refused('its members do not make a key');
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function refused(why: string): Refusal {
  return new Refusal('invalid', `A key of "jwks" can't be taken: ${why}.`);
}
