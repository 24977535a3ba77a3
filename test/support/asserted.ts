import { createVerifier } from 'fast-jwt';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import jwksRsa from 'jwks-rsa';
import { type NewSession, type Reply, send } from './http.ts';
import { issuerOf } from './issuer.ts';
import type { InProcess, Ports } from './postern.ts';

export const UPSTREAM = 'https://upstream.example';

/** The assertion in an answer; throws where there is none, or an empty one. */
export function assertionIn({ status, headers }: Reply): string {
  const assertion = headers['x-auth-assertion'];
  if (typeof assertion !== 'string' || assertion === '')
    throw new Error(`no assertion came with a ${status}`);
  return assertion;
}

/** What an application behind the gate gets for a session's cookie. */
export async function assertionOf(
  { ports }: Pick<InProcess, 'ports'>,
  { token }: Pick<NewSession, 'token'>,
  policy = 'asserted',
): Promise<string> {
  const headers = ['Cookie', `session=${token}`];
  return assertionIn(await send(ports.decision, { path: `/auth-request/${policy}`, headers }));
}

/** As an application would: by what is published, and by nothing else that it knows of us. */
export async function verifyByJose(ports: Ports, assertion: string, alg = 'RS256', tenant = 'default') {
  const issuer = issuerOf(ports, tenant);
  const keys = createRemoteJWKSet(new URL(`${issuer}/publickeys`));
  const rules = { issuer, audience: UPSTREAM, typ: 'assertion+jwt', algorithms: [alg] };
  return (await jwtVerify(assertion, keys, rules)).payload;
}

export async function verifyByFastJwt(
  ports: Ports,
  assertion: string,
  alg: 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'EdDSA' = 'RS256',
  tenant = 'default',
): Promise<JWTPayload> {
  const issuer = issuerOf(ports, tenant);
  const keys = jwksRsa({ jwksUri: `${issuer}/publickeys` });
  const verify = createVerifier({
    key: async ({ header }: { header: { kid?: string } }) =>
      (await keys.getSigningKey(header.kid)).getPublicKey(),
    algorithms: [alg],
    allowedIss: issuer,
    allowedAud: UPSTREAM,
    checkTyp: 'assertion+jwt',
  });
  return verify(assertion);
}
