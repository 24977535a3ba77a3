import type { Policy } from '../decision/policy.ts';
import { type Challenge, createChallenge } from './challenge.ts';
import { DIALECTS, type Dialect } from './dialects.ts';

/** What a subrequest's path names, with all that can be made before the first request comes. */
export type Route = { readonly dialect: Dialect; readonly policy: Policy; readonly challenge: Challenge };

/** Finds the route of a raw request target, as it stands in the request line. */
export type FindRoute = (rawTarget: string) => Route | undefined;

/**
 * The path up to the first `?` is compared byte for byte: no dot segment, percent-encoding, double slash or
 * authority is ever resolved, so each route has one spelling and nothing leads from one to another.
 */
export function createFindRoute(policies: readonly Policy[]): FindRoute {
  const routes = new Map<string, Route>();
  for (const policy of policies) {
    const challenge = createChallenge(policy);
    for (const dialect of DIALECTS)
      routes.set(`/${dialect.name}/${policy.name}`, { dialect, policy, challenge });
  }
  return (rawTarget) => {
    const query = rawTarget.indexOf('?');
    return routes.get(query === -1 ? rawTarget : rawTarget.slice(0, query));
  };
}
