import type { CryptoKey } from 'jose';
import type { PresentedJwt } from '../../decision/credential.ts';
import type { Session, TokenFault } from '../../decision/session.ts';
import type { Claims } from './parse.ts';

/** What a token must be, to be one of its issuer's. */
export type TokenRules = {
  readonly issuer: string;
  /** The values of `typ` that are taken, in lower case; an empty one takes a token without. */
  readonly types: readonly string[];
  /** Must be among `aud`, where it is stated. */
  readonly audience?: string;
  readonly maxTokenSeconds: number;
  readonly findKey: FindKey;
};

/**
 * The key of that `kid`, or without one the only key there is; undefined where there is none. Rejects with `CannotTell`
 * where no keys can be known at all. What comes back for one key must be the same object each time.
 */
export type FindKey = (kid: string | undefined) => Promise<VerificationKey | undefined>;

/** A public key, and the one algorithm that it may be used with (RFC 8725 section 3.1). */
export type VerificationKey = { readonly kid: string; readonly alg: string; readonly key: CryptoKey };

/** An issuer whose tokens a tenant takes: this deployment's own, or a foreign one. */
export type TrustedIssuer = TokenRules & {
  readonly tenant: string;
  /** Whether an ID token may come with the access token; without it, such a pair is `jwt_syntax`. */
  readonly takesPairs?: boolean;
  /** What a verified token stands for. */
  readonly admit: (verified: VerifiedToken, jwt: PresentedJwt) => Promise<Session | TokenFault | undefined>;
};

export type VerifiedToken = {
  readonly claims: Claims;
  readonly issuer: string;
  readonly subject: string;
  readonly audience: readonly string[];
  readonly expiresAt: number;
  readonly issuedAt?: number;
  readonly jti?: string;
  readonly kid: string;
};
