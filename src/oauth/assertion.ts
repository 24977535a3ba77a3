import { exportJWK, generateKeyPair } from 'jose';
import { sha256 } from '../lib/digest.ts';
import type { Secret } from '../lib/secret.ts';
import { findApplication } from '../registry/lookup.ts';
import type { ClientKey, Registry } from '../registry/registry.ts';
import { importVerificationKey, publicMembers } from './jwk.ts';
import { LEEWAY_SECONDS } from './jwt/claims.ts';
import { type ParsedJwt, parseJwt } from './jwt/parse.ts';
import type { Verify } from './jwt/verify.ts';
import { assertionAlgsOf } from './keys/client-keys.ts';
import { ASSERTION_ALGS } from './metadata.ts';
import type { ConsumeOnce } from './ports.ts';
import type { Tenant } from './tenant.ts';

export type Assertion = {
  readonly tenant: Tenant;
  readonly registry: Registry;
  readonly now: number;
  /** As the request names it; the assertion's own must be the same. */
  readonly clientId: string | undefined;
  readonly assertion: Secret;
};

/** Undefined for whatever is not as it must be. Rejects with `CannotTell`. */
export type CheckAssertion = (
  assertion: Assertion,
) => Promise<{ readonly clientId: string; readonly credentialId: string } | undefined>;

/** RFC 7523 section 3 leaves the type open; its successor names it. */
const TYPES = ['', 'jwt', 'client-authentication+jwt'];
const MAX_LIFE_SECONDS = 300;
/** How much longer than the assertion its `jti` is remembered: clocks differ, and never to an attacker's advantage. */
const REMEMBER_SECONDS = 120;

/** RFC 7523: `private_key_jwt`. The assertion is for this issuer alone, lives for 5 minutes at most, and is used once. */
export function createCheckAssertion(verify: Verify, consumeOnce: ConsumeOnce): CheckAssertion {
  const decoys = createDecoys();
  return async ({ tenant, registry, now, clientId, assertion }) => {
    const text = assertion.reveal();
    const parsed = parseJwt(text);
    const { iss, aud } = parsed?.claims ?? {};
    if (parsed === undefined || typeof iss !== 'string' || (clientId ?? iss) !== iss) return undefined;
    // A list may name another server too, which could then use the assertion here.
    if (aud !== tenant.issuer) return undefined;
    const fitting = fittingOf(findApplication(registry, iss)?.jwks ?? [], parsed);
    for (const { thumbprint, jwk } of fitting.length > 0 ? fitting : await decoys(parsed.alg)) {
      const key = await importVerificationKey(thumbprint, parsed.alg, jwk);
      const rules = {
        issuer: iss,
        types: TYPES,
        audience: tenant.issuer,
        // Which it may not be by a leeway longer.
        maxTokenSeconds: MAX_LIFE_SECONDS - LEEWAY_SECONDS,
        findKey: async () => key,
      };
      const verified = await verify(text, rules);
      if (typeof verified === 'string') continue;
      const { subject, jti, expiresAt } = verified;
      if (subject !== iss || jti === undefined) return undefined;
      const seconds = Math.ceil(expiresAt - now) + REMEMBER_SECONDS;
      const isFirst = await consumeOnce(tenant.name, sha256(`${iss}\0${jti}`), seconds);
      return isFirst ? { clientId: iss, credentialId: thumbprint } : undefined;
    }
    return undefined;
  };
}

/** Those that it may be signed with: by its `kid` where it has one, and by its algorithm in any case. */
function fittingOf(keys: readonly ClientKey[], { alg, kid }: ParsedJwt): readonly ClientKey[] {
  return keys.filter(({ thumbprint, jwk }) => {
    const isNamed = kid === undefined || kid === jwk.kid || kid === thumbprint;
    // The two algorithms of Ed25519 are one, under two names.
    const isFor = jwk.alg === undefined || jwk.alg === alg || jwk.crv === 'Ed25519';
    return isNamed && assertionAlgsOf(jwk).some((one) => one === alg) && isFor;
  });
}

/**
 * What is verified against where there is no key: the same work, so that its time does not tell who is known. The private
 * halves are thrown away.
 */
function createDecoys(): (alg: string) => Promise<readonly ClientKey[]> {
  const made = new Map<string, Promise<readonly ClientKey[]>>();
  return async (alg) => {
    if (!ASSERTION_ALGS.some((known) => known === alg)) return [];
    const decoys = made.get(alg) ?? makeDecoy(alg);
    made.set(alg, decoys);
    return decoys;
  };
}

async function makeDecoy(alg: string): Promise<readonly ClientKey[]> {
  const { publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = publicMembers(await exportJWK(publicKey));
  return jwk === undefined ? [] : [{ thumbprint: 'decoy', jwk }];
}
