import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import type { SigningAlg, SigningKey } from '../../registry/registry.ts';
import { publicMembers } from '../jwk.ts';
import type { DerivedSecrets } from './sealing.ts';

/** A new pair, its private half sealed. `state` and `createdAt` are for whoever puts it among the others to say. */
export async function generateSigningKey(
  tenant: string,
  alg: SigningAlg,
  { seal }: DerivedSecrets,
): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  const publicJwk = publicMembers(await exportJWK(publicKey));
  if (publicJwk === undefined) throw new Error('a key was made that is of no use');
  const kid = await calculateJwkThumbprint(publicJwk);
  const sealed = seal(await exportPKCS8(privateKey), sealingContext(tenant, kid));
  return { kid, alg, state: 'next', publicJwk, sealed, createdAt: 0 };
}

/** What a private key is bound to at rest: put into the place of another, it does not open. */
export function sealingContext(tenant: string, kid: string): string {
  return `${tenant} ${kid}`;
}
