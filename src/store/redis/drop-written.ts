import type { Session } from '../../decision/session.ts';
import type { SessionId } from '../../decision/token.ts';
import type { NearCache } from '../near/near-cache.ts';
import type { Store } from '../store.ts';
import type { Keys } from './keys.ts';

/**
 * Who writes drops its own copy before it answers, so that whoever is told of a revocation never meets what was
 * revoked at the same process; also where the write failed, since it may have been done.
 */
export function dropWritten(store: Store, keys: Keys, near: NearCache): Store {
  const { table, registries, foreignDenials, touch } = store;
  const then = async <Result>(write: Promise<Result>, drop: () => void): Promise<Result> => {
    try {
      return await write;
    } finally {
      drop();
    }
  };
  const row = (tenant: string, id: SessionId) => near.drop([keys.row(tenant, id)]);
  const rowOf = ({ tenant, id }: Session) => row(tenant, id);
  return {
    ...store,
    touch: (session, lastSeenAt) => then(touch(session, lastSeenAt), () => rowOf(session)),
    table: {
      create: (session) => then(table.create(session), () => rowOf(session)),
      rotate: (old, next) =>
        then(table.rotate(old, next), () => {
          rowOf(old);
          rowOf(next);
        }),
      revoke: (tenant, id) => then(table.revoke(tenant, id), () => row(tenant, id)),
      revokeSubject: (tenant, subject) =>
        then(table.revokeSubject(tenant, subject), () =>
          near.sessions.dropWhere((held) => held.tenant === tenant && held.subject === subject),
        ),
    },
    registries: {
      ...registries,
      replace: (tenant, ...change) =>
        then(registries.replace(tenant, ...change), () => near.drop([keys.ofRegistry(tenant).version])),
    },
    foreignDenials: {
      ...foreignDenials,
      denyToken: (tenant, issuer, jti, seconds) =>
        then(foreignDenials.denyToken(tenant, issuer, jti, seconds), () =>
          near.drop([keys.deniedToken(tenant, issuer, jti)]),
        ),
      denySubject: (tenant, issuer, subject, ...bounds) =>
        then(foreignDenials.denySubject(tenant, issuer, subject, ...bounds), () =>
          near.drop([keys.deniedSubject(tenant, issuer, subject)]),
        ),
    },
  };
}
