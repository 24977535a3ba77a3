import type { Clock } from '../lib/clock.ts';
import type { Credential } from './credential.ts';
import { type Decision, decide, type Finding } from './decide.ts';
import type { Policy } from './policy.ts';
import { type Asked, type Selected, select } from './select.ts';
import { CannotTell, type FindByJwt, type FindSession } from './session.ts';

/** Where credentials are looked up. */
export type Facts = { readonly find: FindSession; readonly findByJwt: FindByJwt };

/** A decision, what it was measured by, and what was found; each is absent where it was made without. */
export type Resolved = {
  readonly decision: Decision;
  readonly selected?: Selected;
  readonly finding?: Finding;
};

/**
 * Looks the credential up, where there is one to look up, and decides. Never rejects: what can't be told is
 * `unavailable`, and a request without a credential never reaches the store.
 */
export async function resolve(
  credential: Credential,
  asked: Asked,
  policy: Policy,
  facts: Facts,
  clock: Clock,
): Promise<Resolved> {
  const selected = select(policy, asked);
  if ('outcome' in selected) return { decision: selected };
  let finding: Finding;
  try {
    finding = await lookUp(credential, policy.tenant, facts);
  } catch (cause) {
    const reason = cause instanceof CannotTell ? cause.doubt : 'fault';
    return { decision: { outcome: 'unavailable', reason, cause }, selected };
  }
  return { decision: decide(credential, finding, selected, clock()), selected, finding };
}

/** Rejects with `CannotTell`. Undefined also where there is nothing to look up, and at once then. */
export function lookUp(credential: Credential, tenant: string, facts: Facts): Promise<Finding> | undefined {
  if (credential.kind === 'token') return facts.find(tenant, credential.id);
  if (credential.kind === 'jwt') return facts.findByJwt(tenant, credential.jwt);
  return undefined;
}
