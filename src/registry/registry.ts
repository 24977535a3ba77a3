import type { Session } from '../decision/session.ts';

/**
 * Everything that is declared for one tenant, as one value: it is read whole, changed by pure functions and put in
 * the place of the one before in one step, so that names stay unique, limits hold and cascades are never half done.
 * It is small: at most a few hundred of anything. Fields named `…At` are seconds since the epoch, by the store's clock.
 */
export type Registry = {
  readonly applications: readonly Application[];
  readonly resources: readonly ApiResource[];
  readonly roles: readonly Role[];
  readonly keys: readonly SigningKey[];
  /** SHA-256 of the identifiers of resources that were deleted; none is ever given again. */
  readonly retired: readonly string[];
  /** The lifetime of an access token where neither its resource nor its application says; absent: the settings'. */
  readonly accessTokenTtl?: number;
};

export type GrantType = 'client_credentials';

/** An OAuth client. Its secrets are kept as digests. */
export type Application = {
  readonly clientId: string;
  readonly name: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly grantTypes: readonly GrantType[];
  /** In seconds. */
  readonly accessTokenTtl?: number;
  /** Put into every access token of it. */
  readonly claims: Session['claims'];
  /** The public keys of its `private_key_jwt` (RFC 7523). */
  readonly jwks: readonly ClientKey[];
  readonly secrets: readonly ClientSecret[];
  /** What it offers, as a protected API of its own whose identifier is its client id. */
  readonly scopes: readonly string[];
  /** What it may ask for, beside what its roles give. */
  readonly grants: readonly Access[];
  /** Ids of roles. */
  readonly roles: readonly string[];
};

export type ClientSecret = {
  /** Random, so that a name that is given again names another secret. */
  readonly id: string;
  readonly name: string;
  /** HMAC-SHA-256 under the pepper, in base64url. */
  readonly digest: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
};

/** `thumbprint` is that of RFC 7638. */
export type ClientKey = { readonly thumbprint: string; readonly jwk: PublicJwk };

/** Scopes of one API resource. */
export type Access = {
  /** The identifier of the resource. */
  readonly resource: string;
  readonly scopes: readonly string[];
};

/** A protected API. Its name and its identifier never change, and the identifier is the `aud` of its tokens. */
export type ApiResource = {
  readonly id: string;
  readonly name: string;
  /** RFC 8707: an absolute URI; or, for what an application offers itself, its client id. Compared byte for byte. */
  readonly indicator: string;
  readonly createdAt: number;
  readonly scopes: readonly Scope[];
  /** In seconds. */
  readonly accessTokenTtl?: number;
  readonly tokenFormat: 'jwt' | 'opaque';
  readonly signingAlg?: SigningAlg;
  readonly typ: 'at+jwt' | 'JWT';
  /** The one that a token is for where its request names none. At most one of a tenant. */
  readonly isDefault: boolean;
  /** Tokens only for applications that a grant or a role gives something of it. */
  readonly restricted: boolean;
  /** Client ids of those who may introspect its tokens. */
  readonly introspectors: readonly string[];
};

export type Scope = { readonly name: string; readonly description: string };

export type Role = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly access: readonly Access[];
};

export const SIGNING_ALGS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;
export type SigningAlg = (typeof SIGNING_ALGS)[number];

/** The public members of a JSON Web Key (RFC 7517). */
export type PublicJwk = { readonly kty: string; readonly [member: string]: string };

/** Of each algorithm in use one is `current`, and one `next`, which is published long before it signs. */
export type SigningKey = {
  readonly kid: string;
  readonly alg: SigningAlg;
  readonly state: 'next' | 'current' | 'previous';
  readonly publicJwk: PublicJwk;
  /** The private key, encrypted under a key that the store never sees. */
  readonly sealed: string;
  readonly createdAt: number;
  readonly currentSince?: number;
  readonly previousSince?: number;
};
