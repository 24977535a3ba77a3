import type { Registry, SigningAlg } from '../registry/registry.ts';
import { publishedKeys } from './keys/ring.ts';
import type { Known } from './keys/signing-keys.ts';
import { signingAlgFor, type Tenant } from './tenant.ts';

/** RFC 7517 section 5. `use`, `alg` and `kid` are on every key, so that no verifier has to guess. */
export function keySet({ registry, now }: Known) {
  return {
    keys: publishedKeys(registry, now).map(({ publicJwk, alg, kid }) => ({
      ...publicJwk,
      use: 'sig',
      alg,
      kid,
    })),
  };
}

const AUTHENTICATION = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];

/** What a `private_key_jwt` may be signed with. */
export const ASSERTION_ALGS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'] as const;
export type AssertionAlg = (typeof ASSERTION_ALGS)[number];

/** RFC 8414 and OpenID Connect Discovery 1.0: one document for both. */
export function metadata(tenant: Tenant, registry: Registry) {
  const { issuer } = tenant;
  return {
    issuer,
    // Some clients refuse a document without it. It answers 400: nobody logs in here.
    authorization_endpoint: `${issuer}/authorization`,
    token_endpoint: `${issuer}/token`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    jwks_uri: `${issuer}/publickeys`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    subject_types_supported: ['public'],
    // No ID token is issued; some verifiers of access tokens take their algorithms from here all the same.
    id_token_signing_alg_values_supported: [...algsInUse(tenant, registry)],
    token_endpoint_auth_methods_supported: AUTHENTICATION,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
    introspection_endpoint_auth_methods_supported: AUTHENTICATION,
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
    revocation_endpoint_auth_methods_supported: AUTHENTICATION,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
  };
}

/** Also those that will sign for a resource, though nobody has asked for a token for it yet: verifiers keep the list. */
export function algsInUse(tenant: Tenant, { resources, keys }: Registry): ReadonlySet<SigningAlg> {
  return new Set([
    tenant.signingAlg,
    ...resources.map((resource) => signingAlgFor(tenant, resource)),
    ...keys.map(({ alg }) => alg),
  ]);
}
