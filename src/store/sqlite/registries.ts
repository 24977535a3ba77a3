import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/clock.ts';
import type { RegistryStore, Version } from '../../registry/ports.ts';
import { MAX_AUDIT_ENTRIES, readAuditPage, writeAuditEntry } from '../audit-row.ts';
import { readRegistry, writeRegistry } from '../registry-row.ts';
import type { Run } from '../run.ts';
import { numberOf, textOf } from './columns.ts';
import { inTransaction } from './transaction.ts';

export function createRegistries(database: DatabaseSync, run: Run, clock: Clock): RegistryStore {
  const select = database.prepare('SELECT version, document FROM registries WHERE tenant = ?');
  const selectAudit = database.prepare(
    'SELECT place, entry FROM audit WHERE tenant = ? AND place < ? ORDER BY place DESC LIMIT ?',
  );
  const versionOf = createVersionOf(database);
  return {
    state: (tenant) => run('registry_state', () => ({ version: versionOf(tenant), now: clock() })),
    read: (tenant) =>
      run('registry_read', () => {
        const found = select.get(tenant);
        return found === undefined
          ? readRegistry(tenant, undefined, undefined)
          : readRegistry(tenant, textOf(found.document), textOf(found.version));
      }),
    replace: createReplace(database, run, versionOf),
    audit: (tenant, { limit, before = Number.MAX_SAFE_INTEGER }) =>
      run('audit', () => {
        const found = selectAudit.all(tenant, before, limit + 1);
        const placed = found.map(({ place, entry }) => ({ place: numberOf(place), text: textOf(entry) }));
        return readAuditPage(tenant, placed, limit);
      }),
  };
}

function createReplace(
  database: DatabaseSync,
  run: Run,
  versionOf: (tenant: string) => Version,
): RegistryStore['replace'] {
  const put = database.prepare('REPLACE INTO registries (tenant, version, document) VALUES (?, ?, ?)');
  const insertEntry = database.prepare('INSERT INTO audit (tenant, entry) VALUES (?, ?)');
  const trim = database.prepare(
    `DELETE FROM audit WHERE tenant = ?1 AND place <=
       (SELECT place FROM audit WHERE tenant = ?1 ORDER BY place DESC LIMIT 1 OFFSET ?2)`,
  );
  return (tenant, expected, next, entries) =>
    run('registry_replace', () => {
      const document = writeRegistry(tenant, next);
      return inTransaction(database, () => {
        const held = versionOf(tenant);
        if (held === next.version) return true;
        if (held !== expected) return false;
        put.run(tenant, next.version, document);
        for (const entry of entries) insertEntry.run(tenant, writeAuditEntry(tenant, entry));
        trim.run(tenant, MAX_AUDIT_ENTRIES);
        return true;
      });
    });
}

function createVersionOf(database: DatabaseSync): (tenant: string) => Version {
  const selectVersion = database.prepare('SELECT version FROM registries WHERE tenant = ?');
  return (tenant) => {
    const found = selectVersion.get(tenant);
    return found === undefined ? '' : textOf(found.version);
  };
}
