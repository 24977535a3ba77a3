import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Session } from '../decision/session.ts';
import type { Clock } from '../lib/clock.ts';
import { sha256 } from '../lib/digest.ts';
import { SCOPE_TOKEN } from '../lib/grammar.ts';
import type { Registry } from '../registry/registry.ts';
import type { Snapshots } from '../registry/snapshots.ts';
import type { Signer, SigningKeys } from './keys/signing-keys.ts';
import type { Tenant } from './tenant.ts';

export type IdentityAssertionParts = {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly keys: SigningKeys;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
};

/** RFC 8725 section 3.11: no verifier of access tokens takes it for one, ours included. */
const TYP = 'assertion+jwt';
const MAX_SECONDS = 60;
/** Handed out with so much of its life left, or as much as the session has. */
const MIN_SECONDS = 20;
/** Beside the largest identity headers it still passes the buffers that the shipped configurations give. */
const MAX_LENGTH = 6 * 1024;
const MAX_KEPT = 10_000;

type Made = { readonly expiresAt: number; readonly text: Promise<string | undefined> };

/**
 * Says who the session is to one audience, in a JSON Web Token of its tenant's current key. It is signed once for all
 * requests that it says the same of: its name is a digest of all that it says and of the key, so that whatever changes
 * makes another. Undefined where it would be too large; rejects with `CannotTell`.
 */
export function createIdentityAssertions(
  { tenants, keys, snapshots, clock }: IdentityAssertionParts,
  maxKept = MAX_KEPT,
) {
  const signerOf = createSignerOf(keys, snapshots, clock);
  const made = new Map<string, Made>();

  function make(name: string, statement: Statement, expiresAt: number, now: number, signer: Signer): Made {
    const making = { expiresAt, text: sign(statement, Math.floor(now), expiresAt, signer) };
    made.delete(name);
    made.set(name, making);
    const [oldest] = made.keys();
    if (made.size > maxKept && oldest !== undefined) made.delete(oldest);
    making.text.catch(() => {
      if (made.get(name) === making) made.delete(name);
    });
    return making;
  }

  return async (session: Session, audience: string): Promise<string | undefined> => {
    const tenant = tenants.get(session.tenant);
    if (tenant === undefined) throw new Error('a session is of a tenant that the settings do not have');
    const signer = await signerOf(tenant);
    const statement = statementOf(session, tenant, audience);
    const name = sha256(JSON.stringify([signer.kid, session.expiresAt, statement]));
    const now = clock();
    const latest = latestEndOf(session, now);
    const known = made.get(name);
    const isGood = known !== undefined && (known.expiresAt >= now + MIN_SECONDS || known.expiresAt >= latest);
    return (isGood ? known : make(name, statement, latest, now, signer)).text;
  };
}

/** No later than the session's own end, nor than the end of an idle time that begins now. */
function latestEndOf({ expiresAt, idleSeconds }: Session, now: number): number {
  const seconds = idleSeconds === 0 ? MAX_SECONDS : Math.min(MAX_SECONDS, idleSeconds);
  return Math.min(Math.floor(now) + seconds, expiresAt);
}

type Statement = ReturnType<typeof statementOf>;

/** RFC 7519 section 4.1, RFC 8693 section 4.2 and 4.3, OpenID Connect Core sections 2 and 5.1; the rest is ours. */
function statementOf(session: Session, { issuer }: Tenant, audience: string) {
  const { email, name } = session.claims;
  return {
    iss: issuer,
    aud: audience,
    sub: session.subject,
    subject_type: session.subjectType,
    tenant: session.tenant,
    sid: session.id,
    ...(session.clientId !== undefined && { client_id: session.clientId }),
    // A member with a space in it, which others may issue, would be read as two.
    scope: session.scope.filter((member) => SCOPE_TOKEN.test(member)).join(' '),
    roles: session.roles,
    session_audience: session.audience,
    amr: session.amr,
    auth_time: session.authenticatedAt,
    ...(typeof email === 'string' && { email }),
    ...(typeof name === 'string' && { name }),
  };
}

async function sign(statement: Statement, iat: number, exp: number, { alg, kid, privateKey }: Signer) {
  const text = await new SignJWT({ ...statement, iat, exp, jti: randomUUID() })
    .setProtectedHeader({ alg, kid, typ: TYP })
    .sign(privateKey);
  return text.length <= MAX_LENGTH ? text : undefined;
}

/** As long as a revocation may take to be known everywhere. */
const ASK_AGAIN_SECONDS = 1;

type Asked = { readonly at: number; readonly registry: Registry; readonly signer: Signer };

/**
 * The current key of a tenant. To ask for it on every decision would be a second read; so it is asked for anew after a
 * second, and at once where the registry was seen to change.
 */
function createSignerOf(keys: SigningKeys, snapshots: Snapshots, clock: Clock) {
  const asked = new Map<string, Asked>();
  return async ({ name, signingAlg }: Tenant): Promise<Signer> => {
    const at = clock();
    const last = asked.get(name);
    if (
      last !== undefined &&
      Math.abs(at - last.at) < ASK_AGAIN_SECONDS &&
      last.registry === snapshots.held(name)
    ) {
      return last.signer;
    }
    const known = await snapshots.current(name);
    const signer = await keys.signer(name, signingAlg, known);
    asked.set(name, { at, registry: known.registry, signer });
    return signer;
  };
}
