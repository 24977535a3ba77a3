import type { Session } from '../../decision/session.ts';
import type { SessionId } from '../../decision/token.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SessionTable } from '../../management/ports.ts';
import { readRow, writeRow } from '../row.ts';
import type { Client } from './client.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';
import { CREATE, REVOKE_SUBJECT, ROTATE } from './scripts.ts';

/** Of the sessions of a subject, those that were created up to `until` die, in microseconds of the server; or all. */
export type RedisTable = Omit<SessionTable, 'revokeSubject'> & {
  /** Gives the time of the server at which it was done. */
  revokeSubject(tenant: string, subject: string, until?: number): Promise<number>;
};

export function createTable({ redis, run }: Connection, keys: Keys, clock: Clock): RedisTable {
  const keysOf = ({ tenant, subject, id }: Session): [row: string, list: string, ends: string] => {
    const { list, ends } = keys.ofSubject(tenant, subject);
    return [keys.row(tenant, id), list, ends];
  };
  // Counted down by the server's clock: where ours is an hour off, the row still lives as long as it should.
  const rowOf = (session: Session): [row: string, id: string, milliseconds: number] => [
    writeRow(session),
    session.id,
    Math.max(1, Math.ceil((session.expiresAt - clock()) * 1000)),
  ];
  return {
    create: (session) =>
      run('create', async () => {
        await redis.eval(CREATE, 3, ...keysOf(session), ...rowOf(session));
      }),
    rotate: (old, next) =>
      run('rotate', async () => {
        const oldRow = keys.row(old.tenant, old.id);
        return (await redis.eval(ROTATE, 4, ...keysOf(next), oldRow, ...rowOf(next), old.id)) === 1;
      }),
    revoke: (tenant, id) => run('revoke', () => revoke(redis, keys, tenant, id)),
    revokeSubject: (tenant, subject, until) =>
      run('revoke_subject', async () => {
        const { list, ends, rowPrefix } = keys.ofSubject(tenant, subject);
        return Number(await redis.eval(REVOKE_SUBJECT, 2, list, ends, rowPrefix, until ?? ''));
      }),
  };
}

/**
 * Deleting needs no memory and no readable row: it works on a full server, which takes neither a MULTI nor most
 * scripts.
 */
async function revoke(redis: Client, keys: Keys, tenant: string, id: SessionId): Promise<void> {
  const key = keys.row(tenant, id);
  const [read, deleted] = (await redis.pipeline().get(key).del(key).exec()) ?? [];
  if (deleted === undefined) throw new Error('there was no reply');
  if (deleted[0] !== null) throw deleted[0];
  const subject = subjectOf(read?.[1], tenant, id);
  if (subject === undefined) return;
  const { list, ends } = keys.ofSubject(tenant, subject);
  await redis.pipeline().zrem(list, id).zrem(ends, id).exec();
}

/** Undefined where there was no row, or none that can be read: its place in the lists goes with its time. */
function subjectOf(row: unknown, tenant: string, id: SessionId): string | undefined {
  if (typeof row !== 'string') return undefined;
  try {
    return readRow(row, tenant, id).subject;
  } catch {
    return undefined;
  }
}
