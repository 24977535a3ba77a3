import type { Awaitable } from '../lib/awaitable.ts';
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
 * Looks the credential up, where there is one to look up, and decides. Never rejects nor throws: what can't be told is
 * `unavailable`, and a request without a credential never reaches the store.
 */
export function resolve(
  credential: Credential,
  asked: Asked,
  policy: Policy,
  facts: Facts,
  clock: Clock,
): Awaitable<Resolved> {
  const selected = select(policy, asked);
  if ('outcome' in selected) return { decision: selected };
  const cannotTell = (cause: unknown): Resolved => {
    const reason = cause instanceof CannotTell ? cause.doubt : 'fault';
    return { decision: { outcome: 'unavailable', reason, cause }, selected };
  };
  const go = (finding: Finding): Resolved => ({
    decision: decide(credential, finding, selected, clock()),
    selected,
    finding,
  });
  let finding: Awaitable<Finding>;
  try {
    finding = lookUp(credential, policy.tenant, facts);
  } catch (cause) {
    return cannotTell(cause);
  }
  return finding instanceof Promise ? finding.then(go, cannotTell) : go(finding);
}

/** Rejects or throws `CannotTell`. Undefined also where there is nothing to look up. */
export function lookUp(credential: Credential, tenant: string, facts: Facts): Awaitable<Finding> {
  if (credential.kind === 'token') return facts.find(tenant, credential.id);
  if (credential.kind === 'jwt') return facts.findByJwt(tenant, credential.jwt);
  return undefined;
}
