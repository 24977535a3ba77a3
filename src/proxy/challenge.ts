import type { Decision } from '../decision/decide.ts';
import type { Policy } from '../decision/policy.ts';

/** The value of `WWW-Authenticate` for a decision; undefined where none belongs. */
export type Challenge = (decision: Decision) => string | undefined;

/**
 * RFC 6750 section 3, made once per policy. A challenge names no error where no Bearer token was presented
 * (section 3.1): a browser whose cookie is dead has simply not logged in.
 */
export function createChallenge(policy: Policy): Challenge {
  const bare = `Bearer realm="${policy.tenant}"`;
  const invalidToken = `${bare}, error="invalid_token"`;
  const invalidRequest = `${bare}, error="invalid_request"`;
  const insufficient = `${bare}, error="insufficient_scope"`;
  const insufficientScope = `${insufficient}, scope="${[...policy.scope, ...policy.anyScope].join(' ')}"`;
  // RFC 9470 section 3: the client learns how fresh the login has to be.
  const stale = `${bare}, error="insufficient_user_authentication", max_age="${policy.maxAuthAgeSeconds ?? 0}"`;
  return (decision) => {
    switch (decision.outcome) {
      case 'challenge':
        return decision.reason !== 'no_credential' && decision.source === 'bearer' ? invalidToken : bare;
      case 'reauthenticate':
        return stale;
      case 'forbid':
        return decision.reason === 'scope' ? insufficientScope : insufficient;
      case 'malformed-credential':
        return invalidRequest;
      default:
        return undefined;
    }
  };
}
