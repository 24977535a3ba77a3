import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/clock.ts';
import type { ForeignDenials } from '../../oauth/ports.ts';
import { denialDigest, isBefore } from '../denials.ts';
import type { Run } from '../run.ts';
import { numberOf } from './columns.ts';

type Kind = 'token' | 'subject';

export function createForeignDenials(database: DatabaseSync, run: Run, clock: Clock): ForeignDenials {
  const deny = createDeny(database, clock);
  const select = database.prepare(
    'SELECT not_before FROM denials WHERE tenant = ? AND kind = ? AND digest = ? AND expires_at > ?',
  );
  const notBeforeOf = (tenant: string, kind: Kind, digest: string) => {
    const found = select.get(tenant, kind, digest, clock());
    return found === undefined ? undefined : numberOf(found.not_before);
  };
  return {
    denyToken: (tenant, issuer, jti, seconds) =>
      run('deny_token', () => deny(tenant, 'token', denialDigest(issuer, jti), 0, seconds)),
    denySubject: (tenant, issuer, subject, notBefore, seconds) =>
      run('deny_subject', () => deny(tenant, 'subject', denialDigest(issuer, subject), notBefore, seconds)),
    isDenied: (tenant, { issuer, subject, jti, issuedAt }) =>
      run('is_denied', () => {
        const isToken =
          jti !== undefined && notBeforeOf(tenant, 'token', denialDigest(issuer, jti)) !== undefined;
        return isToken || isBefore(issuedAt, notBeforeOf(tenant, 'subject', denialDigest(issuer, subject)));
      }),
  };
}

/** A denial is never weakened, nor made shorter; one that is over counts as none. */
function createDeny(database: DatabaseSync, clock: Clock) {
  const deleteDead = database.prepare(
    'DELETE FROM denials WHERE rowid IN (SELECT rowid FROM denials WHERE expires_at <= ? LIMIT 100)',
  );
  const deleteOver = database.prepare(
    'DELETE FROM denials WHERE tenant = ? AND kind = ? AND digest = ? AND expires_at <= ?',
  );
  const put = database.prepare(
    `INSERT INTO denials (tenant, kind, digest, not_before, expires_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (tenant, kind, digest) DO UPDATE SET
       not_before = MAX(not_before, excluded.not_before), expires_at = MAX(expires_at, excluded.expires_at)`,
  );
  return (tenant: string, kind: Kind, digest: string, notBefore: number, seconds: number) => {
    const now = clock();
    deleteDead.run(now);
    deleteOver.run(tenant, kind, digest, now);
    put.run(tenant, kind, digest, notBefore, now + seconds);
  };
}
