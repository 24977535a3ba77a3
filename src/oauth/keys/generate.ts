import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair } from 'jose';
import type { PublicJwk, SigningAlg, SigningKey } from '../../registry/registry.ts';
import { PUBLIC_MEMBERS } from '../jwk.ts';
import type { DerivedSecrets } from './sealing.ts';

/** A new pair, its private half sealed. `state` and `createdAt` are for whoever puts it among the others to say. */
export async function generateSigningKey(
  tenant: string,
  alg: SigningAlg,
  { seal }: DerivedSecrets,
): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  const publicJwk = publicMembers(await exportJWK(publicKey));
  const kid = await calculateJwkThumbprint(publicJwk);
  const sealed = seal(await exportPKCS8(privateKey), sealingContext(tenant, kid));
  return { kid, alg, state: 'next', publicJwk, sealed, createdAt: 0 };
}

/** What a private key is bound to at rest: put into the place of another, it does not open. */
export function sealingContext(tenant: string, kid: string): string {
  return `${tenant} ${kid}`;
}

/** Undefined members and all that is private or unknown are left out. Throws where the type is none that we know. */
export function publicMembers(jwk: { readonly kty?: string; readonly [member: string]: unknown }): PublicJwk {
  const { kty = '' } = jwk;
  if (!isKnownType(kty)) throw new TypeError('the key is of an unknown type');
  const members = PUBLIC_MEMBERS[kty];
  const entries = members.flatMap((name: string) => {
    const value = jwk[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  if (entries.length !== members.length) throw new TypeError('the key lacks a member');
  return { kty, ...Object.fromEntries(entries) };
}

function isKnownType(kty: string): kty is keyof typeof PUBLIC_MEMBERS {
  return Object.hasOwn(PUBLIC_MEMBERS, kty);
}
