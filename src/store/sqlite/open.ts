import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makePrivateFolder } from '../../lib/files.ts';
import { SCHEMA_STEPS } from './schema.ts';
import { inTransaction } from './transaction.ts';

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

/** Takes the steps that are missing, all of them or none. */
function migrate(database: DatabaseSync): void {
  inTransaction(database, () => {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > SCHEMA_STEPS.length) throw new Error(`its schema ${version} is of a newer Postern`);
    for (const step of SCHEMA_STEPS.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${SCHEMA_STEPS.length}`);
  });
}
