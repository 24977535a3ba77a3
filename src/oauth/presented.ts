import { readToken } from '../decision/credential.ts';
import { type Facts, lookUp } from '../decision/resolve.ts';
import { lifeOf, type Session } from '../decision/session.ts';
import type { Clock } from '../lib/clock.ts';

/** The live session of a token that stands in the body of a request; undefined for whatever is none. */
export type FindPresented = (tenant: string, token: string) => Promise<Session | undefined>;

/** `facts` are those of our own tokens: what others issued is neither introspected nor revoked here. */
export function createFindPresented(facts: Facts, clock: Clock): FindPresented {
  return async (tenant, token) => {
    const found = await lookUp(readToken(token), tenant, facts);
    if (found === undefined || typeof found === 'string') return undefined;
    return found.tenant === tenant && lifeOf(found, clock()) === 'live' ? found : undefined;
  };
}
