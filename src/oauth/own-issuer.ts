import type { Session } from '../decision/session.ts';
import { parseSessionId } from '../decision/token.ts';
import { registryAt } from '../registry/find-session.ts';
import { MAX_TOKEN_SECONDS } from '../registry/limits.ts';
import type { FindRow } from '../registry/ports.ts';
import type { Registry, SigningKey } from '../registry/registry.ts';
import type { Snapshots } from '../registry/snapshots.ts';
import { importVerificationKey } from './jwk.ts';
import type { FindKey, TrustedIssuer, VerificationKey, VerifiedToken } from './jwt/issuer.ts';
import type { Tenant } from './tenant.ts';

/** What a session is taken for: as it counts now, or as it was kept. */
export type Weigh = (session: Session, registry: Registry) => Session | undefined;

/**
 * The tokens that are issued here. The signature only says that the row may be looked at: what the token is good for is
 * what `weigh` makes of its row. One read of the store, and none for a token that is forged under a key that is known.
 */
export function createOwnIssuer(
  tenant: Tenant,
  findRow: FindRow,
  snapshots: Snapshots,
): (weigh: Weigh) => TrustedIssuer {
  const findKey = createFindKey(tenant.name, snapshots);
  return (weigh) => ({
    tenant: tenant.name,
    issuer: tenant.issuer,
    types: ['at+jwt', 'jwt'],
    maxTokenSeconds: MAX_TOKEN_SECONDS,
    findKey,
    async admit(verified) {
      const id = parseSessionId(verified.jti ?? '');
      if (id === undefined || verified.claims.tenant !== tenant.name) return 'jwt_claims';
      const found = await findRow(tenant.name, id);
      if (found === undefined) return undefined;
      const { session, version } = found;
      if (version === undefined) return 'jwt_claims';
      const registry = await registryAt(snapshots, tenant.name, version);
      // The key was found among those that were known before: it may have been killed since.
      if (!registry.keys.some(({ kid }) => kid === verified.kid)) return 'jwt_key';
      return isOfToken(session, verified) ? weigh(session, registry) : 'jwt_claims';
    },
  });
}

function isOfToken({ subjectType, subject, clientId, audience }: Session, verified: VerifiedToken): boolean {
  return (
    subjectType === 'client' &&
    subject === verified.subject &&
    clientId === verified.claims.client_id &&
    audience.join(' ') === verified.audience.join(' ')
  );
}

/** Among the keys at hand; where it is not among those, it may have been made since. */
function createFindKey(tenant: string, snapshots: Snapshots): FindKey {
  const open = createOpen();
  return async (kid) => {
    const held = snapshots.held(tenant)?.keys.find((key) => key.kid === kid);
    if (held !== undefined) return open(held);
    const { registry } = await snapshots.current(tenant);
    const key = registry.keys.find((one) => one.kid === kid);
    return key && open(key);
  };
}

const MAX_OPEN_KEYS = 100;

/** The same object for the same key, which is how a verified token is known again. */
function createOpen() {
  const opened = new Map<string, Promise<VerificationKey>>();
  return ({ kid, alg, publicJwk }: SigningKey): Promise<VerificationKey> => {
    const known = opened.get(kid);
    if (known !== undefined) return known;
    if (opened.size >= MAX_OPEN_KEYS) opened.clear();
    const key = importVerificationKey(kid, alg, publicJwk);
    opened.set(kid, key);
    return key;
  };
}
