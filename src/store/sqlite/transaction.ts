import type { DatabaseSync } from 'node:sqlite';

/** All of it or nothing. The lock is taken at once, so that what is read inside still holds when it is written. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
