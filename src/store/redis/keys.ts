import { type SessionId, shardOf } from '../../decision/token.ts';
import { sha256 } from '../../lib/digest.ts';
import { denialDigest } from '../denials.ts';

/** The keys of a subject's sessions. */
export type SubjectKeys = {
  /** Sorted set of session ids by the time of creation. */
  readonly list: string;
  /** Sorted set of the same ids by the time at which the store drops their rows. */
  readonly ends: string;
  /** What stands before the id in the key of each row. */
  readonly rowPrefix: string;
};

/** The keys of what is declared for a tenant. */
export type RegistryKeys = {
  /** The registry, and in it the version that it has. */
  readonly document: string;
  /** The version alone, so that a decision need not read the document. */
  readonly version: string;
  /** Sorted set of audit entries by their places. */
  readonly audit: string;
};

/**
 * Every key there is, built here and nowhere else, and never from what a client wrote: it is hashed first.
 * The braces are a hash tag: all keys of a subject lie in one slot of a cluster, and so do all others of
 * a tenant, so that one script reaches them. `prefix` comes from the settings.
 */
export function createKeys(prefix: string) {
  const slot = (tenant: string, shard: string) => `${prefix}:{${tenant}.${shard}}`;
  const ofTenant = (tenant: string, kind: string) => `${prefix}:{${tenant}}:${kind}`;
  const rowPrefix = (tenant: string, shard: string) => `${slot(tenant, shard)}:session:`;
  /** One for each tenant of the settings: every decision asks for them. */
  const registries = new Map<string, RegistryKeys>();
  return {
    /** Nothing is ever kept there. */
    probe: `${prefix}:probe`,
    /** What a process writes by turns to be told of it. */
    canary: (process: string) => (turn: number) => `${prefix}:canary:${process}:${turn}`,
    secretFingerprint: `${prefix}:secret-fingerprint`,
    /** What stands, with a colon, before the keys that failures are counted under. */
    strikes: `${prefix}:strikes`,
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
    ofRegistry(tenant: string): RegistryKeys {
      const known = registries.get(tenant);
      if (known !== undefined) return known;
      const made = {
        document: ofTenant(tenant, 'registry'),
        version: ofTenant(tenant, 'registry-version'),
        audit: ofTenant(tenant, 'audit'),
      };
      registries.set(tenant, made);
      return made;
    },
    /** Hash of times by the names of the secrets. */
    secretUses: (tenant: string, clientId: string) => ofTenant(tenant, `secret-uses:${sha256(clientId)}`),
    used: (tenant: string, digest: string) => ofTenant(tenant, `used:${digest}`),
    deniedToken: (tenant: string, issuer: string, jti: string) =>
      ofTenant(tenant, `denied-token:${denialDigest(issuer, jti)}`),
    deniedSubject: (tenant: string, issuer: string, subject: string) =>
      ofTenant(tenant, `denied-subject:${denialDigest(issuer, subject)}`),
  };
}

export type Keys = ReturnType<typeof createKeys>;
