import type { DatabaseSync } from 'node:sqlite';
import type { AgreeOnSecret, SecretUses } from '../../registry/ports.ts';
import type { Run } from '../run.ts';
import { numberOf, textOf } from './columns.ts';

export function createSecretUses(database: DatabaseSync, run: Run): SecretUses {
  const put = database.prepare(
    'REPLACE INTO secret_uses (tenant, client_id, name, used_at) VALUES (?, ?, ?, ?)',
  );
  const select = database.prepare('SELECT name, used_at FROM secret_uses WHERE tenant = ? AND client_id = ?');
  return {
    note: (tenant, clientId, name, usedAt) =>
      run('secret_use', () => void put.run(tenant, clientId, name, usedAt)),
    of: (tenant, clientId) =>
      run('secret_uses', () => {
        const found = select.all(tenant, clientId);
        return new Map(found.map((columns) => [textOf(columns.name), numberOf(columns.used_at)]));
      }),
  };
}

export function createAgreeOnSecret(database: DatabaseSync, run: Run): AgreeOnSecret {
  const propose = database.prepare('INSERT OR IGNORE INTO agreed_secret (one, fingerprint) VALUES (1, ?)');
  const select = database.prepare('SELECT fingerprint FROM agreed_secret');
  return (fingerprint) =>
    run('agree_on_secret', () => {
      propose.run(fingerprint);
      return select.get()?.fingerprint === fingerprint;
    });
}
