import type { Asked } from '../decision/select.ts';
import { canonicalTarget, isMethod, type Target, type TargetFault } from '../decision/target.ts';
import { only } from '../lib/http-server.ts';
import { clientOf } from '../lib/network.ts';
import type { Browsers, GateSettings } from './gate.ts';
import type { Route } from './routes.ts';
import type { Subrequest } from './subrequest.ts';

/**
 * The original request, as far as the policy, or the form of its answers, depends on it. Whoever asks is trusted by
 * now, so what the proxy writes counts; what the client can write by the same way chooses nothing.
 */
export function askedOf(route: Route, subrequest: Subrequest, settings: GateSettings): Asked {
  const { policy } = route;
  const { rawHeaders } = subrequest;
  const { browsers, bindsDomains, isTrusted } = settings;
  const needsTarget =
    policy.findRule !== undefined ||
    policy.loginUrl !== undefined ||
    browsers.origins.size > 0 ||
    bindsDomains;
  return {
    target: needsTarget ? targetOf(route, subrequest) : undefined,
    clientAddress: policy.asksForClient
      ? clientOf(only(rawHeaders, 'x-forwarded-for'), isTrusted)
      : undefined,
    preflightFor: preflightOf(rawHeaders, browsers),
  };
}

function targetOf({ dialect }: Route, subrequest: Subrequest): Target | TargetFault {
  const raw = dialect.readOriginal(subrequest);
  return raw === undefined ? 'request_missing' : canonicalTarget(raw);
}

/** Fetch standard, section 4.8: what makes a preflight of an OPTIONS, beside its method. */
function preflightOf(rawHeaders: readonly string[], { origins }: Browsers): string | undefined {
  if (origins.size === 0) return undefined;
  const method = only(rawHeaders, 'access-control-request-method');
  return method !== undefined && isMethod(method) && origins.has(only(rawHeaders, 'origin') ?? '')
    ? method
    : undefined;
}
