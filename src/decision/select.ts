import type { Decision } from './decide.ts';
import type { Policy, Requirements } from './policy.ts';
import type { Target, TargetFault } from './target.ts';

/** The request that is asked about, beside its credential. */
export type Asked = {
  /** Undefined where nobody asked for it, since the policy does not depend on it. */
  readonly target: Target | TargetFault | undefined;
  /** Undefined where it is not known, or was not asked for. */
  readonly clientAddress: string | undefined;
  /**
   * Of a CORS preflight from an origin that is allowed, the method that it asks for. Undefined for every other
   * request, also where it only looks like one.
   */
  readonly preflightFor: string | undefined;
};

/** What a credential has to satisfy. */
export type Selected = {
  readonly tenant: string;
  readonly requirements: Requirements;
  /** The place of the rule among those of the policy, from 1 on; absent where the policy has none. */
  readonly rule?: number;
  /** Whether a server could read the request so that something else is asked of it: then it is not allowed. */
  readonly isAmbiguous: boolean;
  /** The host that is asked for, where that is known. */
  readonly host: string | undefined;
};

export const AMBIGUOUS: Decision = { outcome: 'malformed-request', reason: 'request_ambiguous' };
const PREFLIGHT: Decision = { outcome: 'allow', reason: 'preflight' };

/** What the policy asks of this request; or the decision, where that does not depend on who it is. */
export function select(policy: Policy, asked: Asked): Selected | Decision {
  const selected = selectByRule(policy, asked);
  if ('outcome' in selected) return selected;
  const { deny, isClientInside } = selected.requirements;
  if (deny === true) return { outcome: 'forbid', reason: 'rule_denies' };
  if (isClientInside !== undefined && !isClientInside(asked.clientAddress)) {
    return { outcome: 'forbid', reason: 'client_network' };
  }
  if (!isPreflight(asked)) return selected;
  // It carries no credential by design: it passes where the request that it asks for could.
  return selected.isAmbiguous ? AMBIGUOUS : PREFLIGHT;
}

/** The same, before it is asked where the client is. */
export function selectByRule(policy: Policy, asked: Asked): Selected | Decision {
  const { tenant, requirements, findRule } = policy;
  const sought = soughtOf(asked);
  const isKnown = typeof sought === 'object';
  if (findRule === undefined) {
    return { tenant, requirements, isAmbiguous: false, host: isKnown ? sought.host : undefined };
  }
  if (!isKnown) return { outcome: 'malformed-request', reason: sought ?? 'request_missing' };
  const found = findRule(sought);
  if (found === undefined) return { outcome: 'forbid', reason: 'no_rule' };
  const { rule, index, isAmbiguous } = found;
  return { tenant, requirements: rule, rule: index + 1, isAmbiguous, host: sought.host };
}

/** The request that a rule is looked for: of a preflight, the one that it asks for. */
export function soughtOf({ target, preflightFor }: Asked): Asked['target'] {
  const isPreflight = typeof target === 'object' && target.method === 'OPTIONS';
  return isPreflight && preflightFor !== undefined ? { ...target, method: preflightFor } : target;
}

function isPreflight(asked: Asked): boolean {
  return soughtOf(asked) !== asked.target;
}
