import { calculateJwkThumbprint } from 'jose';
import { Refusal } from '../../registry/refusal.ts';
import type { ClientKey } from '../../registry/registry.ts';
import { fits, importVerificationKey, type Jwk, publicMembers } from '../jwk.ts';
import { ASSERTION_ALGS, type AssertionAlg } from '../metadata.ts';

/** The public keys with which an application proves who it is. Rejects with a `Refusal` for one that is of no use. */
export function readClientKeys(keys: readonly Jwk[]): Promise<readonly ClientKey[]> {
  return Promise.all(keys.map(readClientKey));
}

/** What a key can verify a `private_key_jwt` by. */
export function assertionAlgsOf(jwk: Jwk): readonly AssertionAlg[] {
  return ASSERTION_ALGS.filter((alg) => fits(jwk, alg));
}

async function readClientKey(jwk: Jwk): Promise<ClientKey> {
  if ('d' in jwk || 'k' in jwk) throw refused('it is not public. Keep it to yourself, and make another');
  const [alg, kid] = [textOf(jwk.alg), textOf(jwk.kid)];
  const algs = assertionAlgsOf(jwk);
  const [usual] = algs;
  if (usual === undefined) throw refused(`its algorithm is none of ${ASSERTION_ALGS.join(', ')}`);
  if (alg !== undefined && !algs.some((one) => one === alg))
    throw refused('its "alg" does not fit its "kty"');
  if (jwk.use !== undefined && jwk.use !== 'sig') throw refused('its "use" is not "sig"');
  const members = publicMembers(jwk);
  if (members === undefined) throw refused('it lacks a member, or is RSA and has not 2,048 to 8,192 bits');
  const thumbprint = await calculateJwkThumbprint(members);
  await importVerificationKey(thumbprint, usual, members).catch(() => {
    throw refused('its members do not make a key');
  });
  return {
    thumbprint,
    jwk: { ...members, ...(alg !== undefined && { alg }), ...(kid !== undefined && { kid }) },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function refused(why: string): Refusal {
  return new Refusal('invalid', `A key of "jwks" can't be taken: ${why}.`);
}
