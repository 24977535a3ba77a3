import type { Session } from '../../decision/session.ts';

/** Lists that many rows have: no more of them than there are roles and scopes in use. */
const MAX_LISTS = 1_000;

type List = readonly string[];

/**
 * Gives sessions that say the same the same lists: thousands have the roles of a few. It is for what is held, and takes a
 * third off it.
 */
export function createSharedLists(): (session: Session) => Session {
  const lists = new Map<string, List>();
  const share = (list: List): List => {
    const name = JSON.stringify(list);
    const known = lists.get(name);
    if (known !== undefined) return known;
    if (lists.size >= MAX_LISTS) lists.clear();
    lists.set(name, list);
    return list;
  };
  return (session) => ({
    ...session,
    scope: share(session.scope),
    roles: share(session.roles),
    audience: share(session.audience),
    amr: share(session.amr),
  });
}
