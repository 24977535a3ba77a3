import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makePrivateFolder } from '../../lib/files.ts';

const SCHEMA_VERSION = 1;

const SCHEMA = `
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
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Opens the database, and makes it and its folder, for our eyes only, where they are missing. Throws where
 * it can't be used; the message says what to do.
 */
export function openDatabase(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') createPrivately(path);
    const database = new DatabaseSync(path, { timeout: 100 });
    // FULL: a revocation that was answered must outlive a power cut.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    migrate(database);
    return database;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the database ${path} can't be used: ${why}. Check the path, or set "storeUrl"`, {
      cause,
    });
  }
}

function createPrivately(path: string): void {
  makePrivateFolder(dirname(path));
  closeSync(openSync(path, 'a', 0o600));
}

function migrate(database: DatabaseSync): void {
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  if (version === 0) database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
  else if (version !== SCHEMA_VERSION) throw new Error(`its schema ${version} is of a newer Postern`);
}
