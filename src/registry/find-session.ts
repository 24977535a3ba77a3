import { CannotTell, type FindSession } from '../decision/session.ts';
import { effective } from './permission.ts';
import type { FindRow, Version } from './ports.ts';
import type { Registry } from './registry.ts';
import type { Snapshots } from './snapshots.ts';

/**
 * Finds a session as it counts now. What an application was given counts as far as it is still declared: the row and
 * the version of the registry come in one read, and the registry itself is at hand unless it has just changed.
 */
export function createFindSession(findRow: FindRow, snapshots: Snapshots): FindSession {
  return async (tenant, id) => {
    const found = await findRow(tenant, id);
    if (found?.version === undefined) return found?.session;
    return effective(found.session, await registryAt(snapshots, tenant, found.version));
  };
}

/** The registry that the row of a token counts by. Where there is the row and nothing declared, something was lost. */
export async function registryAt(snapshots: Snapshots, tenant: string, version: Version): Promise<Registry> {
  if (version === '') throw new CannotTell('row_unreadable', 'there are tokens, and nothing is declared');
  return snapshots.at(tenant, version);
}
