import type { Clock } from '../lib/clock.ts';
import type { Credential } from './credential.ts';
import { type Decision, decide } from './decide.ts';
import type { Policy } from './policy.ts';
import { CannotTell, type FindSession, type Session } from './session.ts';

/**
 * Looks the credential up, where there is one to look up, and decides. Never rejects: what the store can't
 * tell is `unavailable`, and a request without a credential never reaches the store.
 */
export async function resolve(
  credential: Credential,
  policy: Policy,
  find: FindSession,
  clock: Clock,
): Promise<Decision> {
  if (credential.kind !== 'token') return decide(credential, undefined, policy, clock());
  let session: Session | undefined;
  try {
    session = await find(policy.tenant, credential.id);
  } catch (cause) {
    return { outcome: 'unavailable', reason: cause instanceof CannotTell ? cause.doubt : 'fault', cause };
  }
  return decide(credential, session, policy, clock());
}
