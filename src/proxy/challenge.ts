import type { Decision } from '../decision/decide.ts';
import type { Requirements } from '../decision/policy.ts';

/**
 * RFC 6750 section 3: the value of `WWW-Authenticate` for a decision; undefined where none belongs. It names no error
 * where no Bearer token was presented (section 3.1): a browser whose cookie is dead has simply not logged in.
 */
export function challengeOf(
  decision: Decision,
  tenant: string,
  requirements: Requirements | undefined,
): string | undefined {
  const bare = `Bearer realm="${tenant}"`;
  switch (decision.outcome) {
    case 'challenge':
      return decision.reason !== 'no_credential' && decision.source === 'bearer'
        ? `${bare}, error="invalid_token"`
        : bare;
    case 'reauthenticate':
      return `${bare}, error="insufficient_user_authentication"${maxAgeOf(requirements)}`;
    case 'forbid':
      return 'session' in decision
        ? `${bare}, error="insufficient_scope"${decision.reason === 'scope' ? scopeOf(requirements) : ''}`
        : undefined;
    case 'malformed-credential':
      return `${bare}, error="invalid_request"`;
    default:
      return undefined;
  }
}

/** The place of the challenge where one login after the other changed nothing. */
export function challengeOfLoop(tenant: string, cause: string): string {
  return `Bearer realm="${tenant}", error="login_loop", error_description="${cause}"`;
}

function scopeOf(requirements: Requirements | undefined): string {
  const { scope = [], anyScope = [] } = requirements ?? {};
  return `, scope="${[...scope, ...anyScope].join(' ')}"`;
}

/** RFC 9470 section 3: the client learns how fresh the login has to be. */
function maxAgeOf(requirements: Requirements | undefined): string {
  const { maxAuthAgeSeconds } = requirements ?? {};
  return maxAuthAgeSeconds === undefined ? '' : `, max_age="${maxAuthAgeSeconds}"`;
}
