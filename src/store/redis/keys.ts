import { type SessionId, shardOf } from '../../decision/token.ts';
import { sha256 } from '../../lib/digest.ts';

/** The keys of a subject's sessions. */
export type SubjectKeys = {
  /** Sorted set of session ids by the time of creation. */
  readonly list: string;
  /** Sorted set of the same ids by the time at which the store drops their rows. */
  readonly ends: string;
  /** What stands before the id in the key of each row. */
  readonly rowPrefix: string;
};

/**
 * Every key there is, built here and nowhere else, and never from what a client wrote: it is hashed first.
 * The braces are a hash tag: all keys of a subject lie in one slot of a cluster, so that one script reaches
 * them. `prefix` comes from the settings.
 */
export function createKeys(prefix: string) {
  const slot = (tenant: string, shard: string) => `${prefix}:{${tenant}.${shard}}`;
  const rowPrefix = (tenant: string, shard: string) => `${slot(tenant, shard)}:session:`;
  return {
    /** Nothing is ever kept there. */
    probe: `${prefix}:probe`,
    row: (tenant: string, id: SessionId): string => rowPrefix(tenant, id.slice(0, 2)) + id,
    ofSubject(tenant: string, subject: string): SubjectKeys {
      const shard = shardOf(subject);
      const name = sha256(subject);
      return {
        list: `${slot(tenant, shard)}:sessions-of:${name}`,
        ends: `${slot(tenant, shard)}:session-ends-of:${name}`,
        rowPrefix: rowPrefix(tenant, shard),
      };
    },
  };
}

export type Keys = ReturnType<typeof createKeys>;
