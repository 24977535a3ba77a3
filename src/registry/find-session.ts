import { CannotTell, type FindSession } from '../decision/session.ts';
import { andThen } from '../lib/awaitable.ts';
import type { effective } from './permission.ts';
import type { FindRow, FoundRow, Version } from './ports.ts';
import type { Registry } from './registry.ts';
import type { Snapshots } from './snapshots.ts';

/**
 * Finds a session as it counts now. What an application was given counts as far as it is still declared: with the row
 * of its token comes a version of the registry that is no older than the token, and the registry itself is at hand unless
 * it has just changed.
 */
export function createFindSession(
  findRow: FindRow,
  snapshots: Snapshots,
  weigh: typeof effective,
): FindSession {
  const weighToken = async ({ session }: FoundRow, version: Version) =>
    weigh(session, await registryAt(snapshots, session.tenant, version));
  return (tenant, id) =>
    andThen(findRow(tenant, id), (found) =>
      found?.version === undefined ? found?.session : weighToken(found, found.version),
    );
}

/** The registry that the row of a token counts by. Where there is the row and nothing declared, something was lost. */
export async function registryAt(snapshots: Snapshots, tenant: string, version: Version): Promise<Registry> {
  if (version === '') throw new CannotTell('row_unreadable', 'there are tokens, and nothing is declared');
  return snapshots.at(tenant, version);
}
