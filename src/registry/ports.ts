import type { Session } from '../decision/session.ts';
import type { SessionId } from '../decision/token.ts';
import type { Awaitable } from '../lib/awaitable.ts';
import type { Registry } from './registry.ts';

/**
 * Names one state of a tenant's registry: drawn at random for each change, so that two states never share one, not
 * even where the store was emptied in between. The state in which nothing was ever declared has the version ''.
 */
export type Version = string;

export type Versioned = { readonly version: Version; readonly registry: Registry };

/** Where registries are kept. A rejection is "can't tell"; of `replace`, also whether it was done. */
export type RegistryStore = {
  /** The version now, and the time by the store's own clock, on which all replicas agree. */
  state(tenant: string): Promise<{ readonly version: Version; readonly now: number }>;
  /** Gives one of the version '' in which every list is empty where nothing was ever declared. */
  read(tenant: string): Promise<Versioned>;
  /**
   * In one step: puts `next` in the place of the registry of the version `expected` and adds to the audit trail.
   * False, and nothing done, where another change came first. True, and nothing done again, where `next` is there
   * already: so it can be repeated where its answer was lost.
   */
  replace(
    tenant: string,
    expected: Version,
    next: Versioned,
    entries: readonly AuditEntry[],
  ): Promise<boolean>;
  /** Newest first. */
  audit(tenant: string, page: AuditPageRequest): Promise<AuditPage>;
};

/** Who changed what. Holds no secret, nor a digest of one. */
export type AuditEntry = {
  readonly id: string;
  /** By the store's clock. */
  readonly at: number;
  /** `admin` for the admin token, else the client id. */
  readonly actor: string;
  /** As in `application.create`. */
  readonly action: string;
  /** The id of what was changed. */
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
};

/** `before` is the `next` of the page before. */
export type AuditPageRequest = { readonly limit: number; readonly before?: number };

/** `next` is absent on the last page. */
export type AuditPage = { readonly entries: readonly AuditEntry[]; readonly next?: number };

/** When the secrets of an application were last used, by their ids. Kept apart: it is no declaration, and may be lost. */
export type SecretUses = {
  note(tenant: string, clientId: string, secretId: string, usedAt: number): Promise<void>;
  of(tenant: string, clientId: string): Promise<ReadonlyMap<string, number>>;
};

/**
 * A row of the session table; where it is that of a token that was issued here, the version too that its tenant's
 * registry has now. What is declared says nothing of a user's session.
 */
export type FindRow = (tenant: string, id: SessionId) => Awaitable<FoundRow | undefined>;

export type FoundRow = { readonly session: Session; readonly version: Version | undefined };

/**
 * Keeps the fingerprint of the secret that everything secret at rest is derived from: true for whoever says it first,
 * and for all who say the same.
 */
export type AgreeOnSecret = (fingerprint: string) => Promise<boolean>;
