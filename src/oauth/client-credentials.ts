import { Secret } from '../lib/secret.ts';
import { invalidRequest } from './errors.ts';
import type { Parameters } from './parameters.ts';

/** What a client presented to say who it is. Nothing of it is verified yet. */
export type ClientCredentials =
  | { readonly method: 'client_secret'; readonly clientId: string; readonly secret: Secret }
  | { readonly method: 'private_key_jwt'; readonly clientId: string | undefined; readonly assertion: Secret };

/** RFC 7523 section 2.2. */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * RFC 6749 section 2.3: exactly one mechanism. Throws an `OAuthError`; undefined where there is none at all, or a scheme
 * of Authorization that is none of ours.
 */
export function readClientCredentials(
  authorization: string | undefined,
  parameters: Parameters,
): ClientCredentials | undefined {
  const clientId = parameters.get('client_id');
  const secret = parameters.get('client_secret');
  const assertion = parameters.get('client_assertion');
  const mechanisms = [authorization, secret, assertion].filter((one) => one !== undefined);
  if (mechanisms.length > 1) throw invalidRequest('Authenticate in one way only.');
  if (authorization !== undefined) return readBasic(authorization, clientId);
  if (secret !== undefined) {
    if (clientId === undefined) throw invalidRequest('There is a client_secret and no client_id.');
    return { method: 'client_secret', clientId, secret: new Secret(secret) };
  }
  if (assertion === undefined) return undefined;
  if (parameters.get('client_assertion_type') !== ASSERTION_TYPE) {
    throw invalidRequest(`client_assertion_type must be ${ASSERTION_TYPE}.`);
  }
  return { method: 'private_key_jwt', clientId, assertion: new Secret(assertion) };
}

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

function readBasic(authorization: string, clientId: string | undefined): ClientCredentials | undefined {
  if (!/^basic(?: |$)/i.test(authorization)) return undefined;
  const [, encoded] = BASIC.exec(authorization) ?? [];
  if (encoded === undefined) throw invalidRequest('The Basic credentials are not base64.');
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon === -1) throw invalidRequest('The Basic credentials have no colon.');
  // RFC 6749 section 2.3.1: both halves are form-encoded before they are joined; curl leaves them raw.
  const id = formDecode(text.slice(0, colon));
  const secret = formDecode(text.slice(colon + 1));
  if (clientId !== undefined && clientId !== id) {
    throw invalidRequest('client_id is another than the one in Authorization.');
  }
  return { method: 'client_secret', clientId: id, secret: new Secret(secret) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidRequest('The Basic credentials are not form-encoded.');
  }
}
