const SESSIONS = `
  CREATE TABLE sessions (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    row TEXT NOT NULL,
    UNIQUE (tenant, id)
  ) STRICT;
  CREATE INDEX sessions_of_subject ON sessions (tenant, subject, place);
  CREATE INDEX sessions_by_end ON sessions (expires_at);
`;

const REGISTRIES = `
  CREATE TABLE registries (tenant TEXT PRIMARY KEY, version TEXT NOT NULL, document TEXT NOT NULL) STRICT;
  CREATE TABLE audit (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    entry TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_of_tenant ON audit (tenant, place);
  CREATE TABLE secret_uses (
    tenant TEXT NOT NULL,
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    used_at REAL NOT NULL,
    PRIMARY KEY (tenant, client_id, name)
  ) STRICT;
  CREATE TABLE agreed_secret (one INTEGER PRIMARY KEY CHECK (one = 1), fingerprint TEXT NOT NULL) STRICT;
  CREATE TABLE used (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (tenant, digest)
  ) STRICT;
  CREATE INDEX used_by_end ON used (expires_at);
  CREATE TABLE denials (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('token', 'subject')),
    digest TEXT NOT NULL,
    not_before REAL NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (tenant, kind, digest)
  ) STRICT;
  CREATE INDEX denials_by_end ON denials (expires_at);
`;

/**
 * What each version of the schema adds to the one before. A step that was released never changes: there are databases
 * that have taken it.
 */
export const SCHEMA_STEPS = [SESSIONS, REGISTRIES];
