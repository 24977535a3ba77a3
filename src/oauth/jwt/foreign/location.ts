import { isObject } from '../parse.ts';
import { type Fetch, fetchJson } from './fetch-json.ts';

/** Where an issuer's keys are. Without `jwksUri` the issuer is asked each time, so that they may move. */
export type JwksLocation = { readonly issuer: string; readonly jwksUri?: string | undefined };

export async function fetchJwks(
  { issuer, jwksUri }: JwksLocation,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const url = jwksUri ?? (await discover(issuer, fetch, signal));
  const document = await fetchJson(url, fetch, signal);
  if (!isObject(document) || !Array.isArray(document.keys)) throw new Error(`${url} answered no JWK set`);
  return document.keys;
}

/** OpenID Connect Discovery 1.0 section 4: one that speaks for another issuer, byte for byte, is not taken (4.3). */
async function discover(issuer: string, fetch: Fetch, signal: AbortSignal): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = await fetchJson(url, fetch, signal);
  if (!isObject(document) || document.issuer !== issuer) throw new Error(`${url} speaks for another issuer`);
  const { jwks_uri: jwksUri } = document;
  if (typeof jwksUri !== 'string' || !isAsSafeAs(issuer, jwksUri)) {
    throw new Error(`${url} names no jwks_uri that may be asked`);
  }
  return jwksUri;
}

/** Whether what comes from `uri` can be altered on its way only where that is so of `issuer` too. */
export function isAsSafeAs(issuer: string, uri: string): boolean {
  const protocol = URL.parse(uri)?.protocol;
  return protocol === 'https:' || (protocol === 'http:' && URL.parse(issuer)?.protocol === 'http:');
}
