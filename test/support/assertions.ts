import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { systemClock } from '../../src/lib/clock.ts';
import { issuerOf, type Presented, present, registerApplication } from './issuer.ts';
import type { Ports } from './postern.ts';

export type Pair = { readonly alg: string; readonly publicJwk: JWK; readonly privateKey: CryptoKey };

export async function makePair(alg = 'ES256'): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, publicJwk: await exportJWK(publicKey), privateKey };
}

/** Gives the client id of an application that proves who it is by one of these keys. */
export async function registerKeys(ports: Ports, keys: readonly JWK[]): Promise<string> {
  return (await registerApplication(ports, { jwks: { keys } })).clientId;
}

/** The claims of an assertion that is good, save for what is changed; undefined takes a claim away. */
export function claimsOf(ports: Ports, clientId: string, changes: Record<string, unknown> = {}): JWTPayload {
  const now = Math.floor(systemClock());
  const claims = { iss: clientId, sub: clientId, aud: issuerOf(ports), jti: crypto.randomUUID() };
  return { ...claims, iat: now, exp: now + 60, ...changes };
}

export function sign(claims: JWTPayload, { alg, privateKey }: Pair, header: object = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, ...header }).sign(privateKey);
}

export const byAssertion = (
  ports: Ports,
  assertion: string,
  more: Record<string, string> = {},
  asked: Presented = {},
) =>
  present(ports, {
    ...asked,
    form: {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      ...more,
    },
  });
