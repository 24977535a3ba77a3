import { DIALECTS, type Dialect } from './dialects.ts';
import type { GatePolicy } from './gate.ts';

/** What a subrequest's path names. */
export type Route = { readonly dialect: Dialect; readonly policy: GatePolicy };

/** A route, and what follows it in the request target. */
export type Found = { readonly route: Route; readonly rest: string };

/** Finds the route of a raw request target, as it stands in the request line. */
export type FindRoute = (rawTarget: string) => Found | undefined;

/**
 * The path up to the first `?` is compared byte for byte: no dot segment, percent-encoding, double slash or
 * authority is ever resolved, so each route has one spelling and nothing leads from one to another. Where the original
 * path follows, the route ends with the policy's name, and whatever comes behind that name stays behind it.
 */
export function createFindRoute(policies: readonly GatePolicy[]): FindRoute {
  const whole = new Map<string, Route>();
  const beginnings = new Map<string, Route>();
  for (const policy of policies) {
    for (const dialect of DIALECTS) {
      if (dialect.forAnonymous && policy.requirements?.anonymous !== true) continue;
      const routes = dialect.takesPath ? beginnings : whole;
      routes.set(`/${dialect.name}/${policy.name}`, { dialect, policy });
    }
  }
  return (rawTarget) => {
    const query = rawTarget.indexOf('?');
    const path = query === -1 ? rawTarget : rawTarget.slice(0, query);
    const route = whole.get(path);
    if (route !== undefined) return { route, rest: '' };
    const end = endOfName(path);
    const beginning = beginnings.get(path.slice(0, end));
    return beginning && { route: beginning, rest: rawTarget.slice(end) };
  };
}

/** The length of `/{dialect}/{policy}` at the beginning of a path. */
function endOfName(path: string): number {
  const end = path.indexOf('/', path.indexOf('/', 1) + 1);
  return end === -1 ? path.length : end;
}
