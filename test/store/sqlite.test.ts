import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { writeRow } from '../../src/store/row.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { RICH_REGISTRY, versioned } from '../support/registries.ts';
import { sessionOf } from '../support/sessions.ts';
import { openTestSqlite } from '../support/stores.ts';

/** As the first Postern made it. */
const SCHEMA_1 = `
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
  PRAGMA user_version = 1;
`;

const observer = { called: () => undefined, changed: () => undefined, warned: () => undefined };

async function newDatabase(prepare: (database: DatabaseSync) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-schema-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'test.db');
  const database = new DatabaseSync(path);
  prepare(database);
  database.close();
  return path;
}

function lookAt<Result>(path: string, look: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(path);
  const result = look(database);
  database.close();
  return result;
}

const schemaOf = (database: DatabaseSync) => ({
  version: database.prepare('PRAGMA user_version').get()?.user_version,
  tables: database.prepare('SELECT name, sql FROM sqlite_master ORDER BY name').all(),
});

describe('a database of an older Postern', () => {
  it('keeps its sessions, and takes what is new', async () => {
    const session = sessionOf();
    const path = await newDatabase((database) => {
      database.exec(SCHEMA_1);
      const { tenant, id, subject, lastSeenAt, expiresAt } = session;
      database
        .prepare(
          'INSERT INTO sessions (tenant, id, subject, last_seen_at, expires_at, row) VALUES (?, ?, ?, ?, ?, ?)',
        )
        .run(tenant, id, subject, lastSeenAt, expiresAt, writeRow(session));
    });
    const next = versioned(RICH_REGISTRY);
    // The second time there is nothing left to do.
    for (const replaced of [true, false]) {
      const store = openSqliteStore(path, systemClock, observer);
      expect(await store.registries.replace('default', '', replaced ? next : versioned(), [])).toBe(replaced);
      expect(await store.findRow('default', session.id)).toEqual({ session, version: next.version });
      await store.close();
    }
  });

  it('has the schema of a new one from then on', async () => {
    const [old, fresh] = [
      await newDatabase((database) => database.exec(SCHEMA_1)),
      await newDatabase(() => undefined),
    ];
    for (const path of [old, fresh]) await openSqliteStore(path, systemClock, observer).close();
    expect(lookAt(old, schemaOf)).toEqual(lookAt(fresh, schemaOf));
    expect(lookAt(old, schemaOf).version).toBe(2);
  });

  it('stays as it is where a step fails', async () => {
    const path = await newDatabase((database) =>
      database.exec(`${SCHEMA_1} CREATE TABLE agreed_secret (other);`),
    );
    const before = lookAt(path, schemaOf);
    expect(() => openSqliteStore(path, systemClock, observer)).toThrow('agreed_secret');
    expect(lookAt(path, schemaOf)).toEqual(before);
  });
});

it('a database of a newer Postern is refused, and left alone', async () => {
  const path = await newDatabase((database) => database.exec('PRAGMA user_version = 3'));
  expect(() => openSqliteStore(path, systemClock, observer)).toThrow('its schema 3 is of a newer Postern');
  expect(lookAt(path, schemaOf)).toEqual({ version: 3, tables: [] });
});

it('the state has the time of the clock that the store is given', async () => {
  const { store, close } = await openTestSqlite(() => 1_000.5);
  onTestFinished(close);
  expect((await store.registries.state('default')).now).toBe(1_000.5);
});
