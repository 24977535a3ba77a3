import type { Session } from '../decision/session.ts';
import { Problem } from './problems.ts';

/** The domain that a new session's cookie is for: the one asked for, else the first; undefined where there are none. */
export function chooseDomain(asked: string | undefined, domains: readonly string[]): string | undefined {
  if (asked === undefined) return domains[0];
  if (domains.includes(asked)) return asked;
  const message = domains.length === 0 ? 'the settings name none' : `must be one of ${domains.join(', ')}`;
  throw new Problem(400, 'Bad Request', 'The session cookie is not set for that domain.', [
    { path: 'domain', message },
  ]);
}

/** One that was created under other settings keeps its own. */
export function domainOf({ cookieDomain }: Session, domains: readonly string[]): string | undefined {
  return cookieDomain ?? domains[0];
}

/** What a session has to say of its domain: nothing where there is no other one to keep it from. */
export function bindingOf(
  domain: string | undefined,
  domains: readonly string[],
): Pick<Session, 'cookieDomain'> {
  return domain !== undefined && domains.length > 1 ? { cookieDomain: domain } : {};
}
