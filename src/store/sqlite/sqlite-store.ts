import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { CannotTell, type Session } from '../../decision/session.ts';
import { parseSessionId } from '../../decision/token.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SessionDirectory, SessionTable } from '../../management/ports.ts';
import type { FindRow } from '../../registry/ports.ts';
import { readRow, writeRow } from '../row.ts';
import { createRun, type Run } from '../run.ts';
import type { Store, StoreObserver } from '../store.ts';
import { textOf } from './columns.ts';
import { createForeignDenials } from './denials.ts';
import { createConsumeOnce, createStrike } from './once.ts';
import { openDatabase } from './open.ts';
import { createRegistries } from './registries.ts';
import { createAgreeOnSecret, createSecretUses } from './secrets.ts';
import { inTransaction } from './transaction.ts';

/** The embedded store, for one process. `path` is a file, or `:memory:`. Throws where it can't be opened. */
export function openSqliteStore(path: string, clock: Clock, observer: StoreObserver): Store {
  const database = openDatabase(path);
  const run = createRun(observer, () => 'store_unavailable');
  observer.changed('up', 'SQLite is open');
  return {
    findRow: createFindRow(database, run, clock),
    touch: createTouch(database, run),
    table: createTable(database, run, clock),
    directory: createDirectory(database, run, clock),
    registries: createRegistries(database, run, clock),
    secretUses: createSecretUses(database, run),
    agreeOnSecret: createAgreeOnSecret(database, run),
    consumeOnce: createConsumeOnce(database, run, clock),
    strike: createStrike(run),
    foreignDenials: createForeignDenials(database, run, clock),
    health: createHealth(database, run),
    close: async () => database.close(),
  };
}

function createFindRow(database: DatabaseSync, run: Run, clock: Clock): FindRow {
  const select = database.prepare(
    `SELECT row, (SELECT version FROM registries WHERE registries.tenant = sessions.tenant) AS version
     FROM sessions WHERE tenant = ? AND id = ? AND expires_at > ?`,
  );
  return (tenant, id) =>
    run('find', () => {
      const found = select.get(tenant, id, clock());
      if (found === undefined) return undefined;
      const session = readRow(textOf(found.row), tenant, id);
      if (session.subjectType === 'user') return { session, version: undefined };
      return { session, version: found.version === null ? '' : textOf(found.version) };
    });
}

function createDirectory(database: DatabaseSync, run: Run, clock: Clock): SessionDirectory {
  const selectOne = database.prepare(
    'SELECT row FROM sessions WHERE tenant = ? AND id = ? AND expires_at > ?',
  );
  const selectPage = database.prepare(
    `SELECT place, id, row FROM sessions WHERE tenant = ? AND subject = ? AND place < ? AND expires_at > ?
     ORDER BY place DESC LIMIT ?`,
  );
  return {
    find: (tenant, id) =>
      run('find', () => {
        const found = selectOne.get(tenant, id, clock());
        return found === undefined ? undefined : readRow(textOf(found.row), tenant, id);
      }),
    list: (tenant, subject, { limit, before = Number.MAX_SAFE_INTEGER }) =>
      run('list', () => {
        const found = selectPage.all(tenant, subject, before, clock(), limit);
        const last = found.length === limit ? found.at(-1) : undefined;
        const sessions = found.map((columns) => readListed(columns, tenant));
        return last === undefined ? { sessions } : { sessions, next: Number(last.place) };
      }),
  };
}

function createHealth(database: DatabaseSync, run: Run): Store['health'] {
  const read = database.prepare('SELECT id FROM sessions LIMIT 1');
  return () =>
    run('health', () => read.get()).then(
      () => ({ answers: true, warnings: [] }),
      () => ({ answers: false, warnings: [] }),
    );
}

function createTouch(database: DatabaseSync, run: Run): Store['touch'] {
  const update = database.prepare(
    'UPDATE sessions SET row = ?, last_seen_at = ? WHERE tenant = ? AND id = ? AND last_seen_at = ?',
  );
  return (session, lastSeenAt) =>
    run('touch', () => {
      const row = writeRow({ ...session, lastSeenAt });
      update.run(row, lastSeenAt, session.tenant, session.id, session.lastSeenAt);
    });
}

function createTable(database: DatabaseSync, run: Run, clock: Clock): SessionTable {
  const insert = database.prepare(
    'REPLACE INTO sessions (tenant, id, subject, last_seen_at, expires_at, row) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const deleteOne = database.prepare('DELETE FROM sessions WHERE tenant = ? AND id = ?');
  const deleteAll = database.prepare('DELETE FROM sessions WHERE tenant = ? AND subject = ?');
  // A few at each creation: more than are created, and never a long pause.
  const deleteDead = database.prepare(
    'DELETE FROM sessions WHERE place IN (SELECT place FROM sessions WHERE expires_at <= ? LIMIT 100)',
  );
  const put = (session: Session) => {
    const { tenant, id, subject, lastSeenAt, expiresAt } = session;
    insert.run(tenant, id, subject, lastSeenAt, expiresAt, writeRow(session));
  };
  return {
    create: (session) =>
      run('create', () => {
        deleteDead.run(clock());
        put(session);
      }),
    rotate: (old, next) =>
      run('rotate', () =>
        inTransaction(database, () => {
          if (deleteOne.run(old.tenant, old.id).changes === 0) return false;
          put(next);
          return true;
        }),
      ),
    revoke: (tenant, id) => run('revoke', () => void deleteOne.run(tenant, id)),
    revokeSubject: (tenant, subject) => run('revoke_subject', () => void deleteAll.run(tenant, subject)),
  };
}

function readListed(columns: Record<string, SQLOutputValue>, tenant: string): Session {
  const id = parseSessionId(textOf(columns.id));
  if (id === undefined) throw new CannotTell('row_unreadable', 'a row of the session table has a broken id');
  return readRow(textOf(columns.row), tenant, id);
}
