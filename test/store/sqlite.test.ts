import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { writeRow } from '../../src/store/row.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { STRIKES } from '../../src/store/strikes.ts';
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
    const session = sessionOf({ subjectType: 'client' });
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
    const path = await newDatabase((database) => database.exec(`${SCHEMA_1} CREATE TABLE denials (other);`));
    const before = lookAt(path, schemaOf);
    expect(() => openSqliteStore(path, systemClock, observer)).toThrow('denials');
    expect(lookAt(path, schemaOf)).toEqual(before);
  });
});

it('a database of a newer Postern is refused, and left alone', async () => {
  const path = await newDatabase((database) => database.exec('PRAGMA user_version = 3'));
  expect(() => openSqliteStore(path, systemClock, observer)).toThrow('its schema 3 is of a newer Postern');
  expect(lookAt(path, schemaOf)).toEqual({ version: 3, tables: [] });
});

describe('by the clock that it is given', () => {
  it('the state has its time, and what is used once and what is denied end at the second', async () => {
    let now = 1_000.5;
    const { store, close } = await openTestSqlite(() => now);
    onTestFinished(close);
    expect((await store.registries.state('default')).now).toBe(1_000.5);
    const isDenied = () =>
      store.foreignDenials.isDenied('default', {
        issuer: 'https://idp',
        subject: 'ada',
        jti: 'j1',
        issuedAt: 1,
      });
    await store.consumeOnce('default', 'digest', 60);
    await store.foreignDenials.denyToken('default', 'https://idp', 'j1', 60);
    now += 59.9;
    expect(await store.consumeOnce('default', 'digest', 60)).toBe(false);
    expect(await isDenied()).toBe(true);
    now += 0.1;
    expect(await isDenied()).toBe(false);
    expect(await store.consumeOnce('default', 'digest', 60)).toBe(true);
  });

  it('what is over goes a hundred at a time, so that nothing waits for long', async () => {
    let now = 1_000;
    const { store, dump, close } = await openTestSqlite(() => now);
    onTestFinished(close);
    for (let count = 0; count < 150; count += 1) await store.consumeOnce('default', `digest-${count}`, 60);
    now += 60;
    const left = async () => [...(await dump()).matchAll(/digest-/g)].length;
    await store.consumeOnce('default', 'next', 60);
    expect(await left()).toBe(50);
    await store.consumeOnce('default', 'last', 60);
    expect(await left()).toBe(0);
  });
});

describe('what is over, and waits behind a hundred others to be deleted', () => {
  it('counts as unused', async () => {
    let now = 1_000;
    const { store, close } = await openTestSqlite(() => now);
    onTestFinished(close);
    for (let count = 0; count < 150; count += 1) await store.consumeOnce('default', `digest-${count}`, 60);
    await store.consumeOnce('default', 'behind', 61);
    now += 61;
    expect(await store.consumeOnce('default', 'behind', 60)).toBe(true);
    expect(await store.consumeOnce('default', 'behind', 60)).toBe(false);
  });

  it('lends its bound to no denial that follows', async () => {
    let now = 1_000;
    const { store, close } = await openTestSqlite(() => now);
    onTestFinished(close);
    const { denyToken, denySubject, isDenied } = store.foreignDenials;
    for (let count = 0; count < 150; count += 1) await denyToken('default', 'https://idp', `j${count}`, 60);
    await denySubject('default', 'https://idp', 'ada', 900, 61);
    now += 61;
    await denySubject('default', 'https://idp', 'ada', 500, 60);
    const token = { issuer: 'https://idp', subject: 'ada' };
    expect(await isDenied('default', { ...token, issuedAt: 700 })).toBe(false);
    expect(await isDenied('default', { ...token, issuedAt: 499 })).toBe(true);
  });
});

it('failures are forgotten a minute after they were too many', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { store, close } = await openTestSqlite();
  onTestFinished(close);
  for (let strike = 0; strike < STRIKES.points; strike += 1) await store.strike('key');
  vi.advanceTimersByTime(30_000);
  expect(await store.strike('key')).toBe(60);
  vi.advanceTimersByTime(58_500);
  expect(await store.strike('key')).toBe(2);
  vi.advanceTimersByTime(1_500);
  expect(await store.strike('key')).toBe(0);
});
