import type { RegistryStore, Versioned } from '../../registry/ports.ts';
import { MAX_AUDIT_ENTRIES, type Placed, readAuditPage, writeAuditEntry } from '../audit-row.ts';
import { readRegistry, writeRegistry } from '../registry-row.ts';
import { unreadable } from '../unreadable.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';
import { REPLACE_REGISTRY } from './scripts.ts';

export function createRegistries({ redis, run }: Connection, keys: Keys): RegistryStore {
  return {
    state: (tenant) =>
      run('registry_state', async () => {
        const { version } = keys.ofRegistry(tenant);
        const [held, time] = await Promise.all([redis.get(version), redis.time()]);
        return { version: held ?? '', now: secondsOf(time) };
      }),
    read: (tenant) =>
      run('registry_read', () => {
        const { document, version } = keys.ofRegistry(tenant);
        return readBoth(redis, tenant, document, version);
      }),
    replace: (tenant, expected, next, entries) =>
      run('registry_replace', async () => {
        const { document, version, audit } = keys.ofRegistry(tenant);
        const text = writeRegistry(tenant, next);
        const trail = entries.map((entry) => writeAuditEntry(tenant, entry));
        const argv = [expected, next.version, text, MAX_AUDIT_ENTRIES, ...trail];
        const done = await redis.eval(REPLACE_REGISTRY, 3, document, version, audit, ...argv);
        if (done === -1) throw unreadable('a registry', 'only one of its version and its document is there');
        return done === 1;
      }),
    audit: (tenant, { limit, before }) =>
      run('audit', async () => {
        const { audit } = keys.ofRegistry(tenant);
        const from = before === undefined ? '+inf' : `(${before}`;
        const found = await redis.zrevrangebyscore(audit, from, '-inf', 'WITHSCORES', 'LIMIT', 0, limit + 1);
        return readAuditPage(tenant, placed(found), limit);
      }),
  };
}

/** In one step by MGET, which takes a value of the wrong type for none: the GET beside it is refused there. */
async function readBoth(
  redis: Connection['redis'],
  tenant: string,
  document: string,
  version: string,
): Promise<Versioned> {
  const [[text, tag]] = await Promise.all([redis.mget(document, version), redis.get(version)]);
  return readRegistry(tenant, text ?? undefined, tag ?? undefined);
}

/** Members and scores by turns. */
function placed(found: readonly string[]): readonly Placed[] {
  return found.flatMap((text, index) => (index % 2 === 0 ? [{ text, place: Number(found[index + 1]) }] : []));
}

/** Redis gives seconds and microseconds. */
function secondsOf([seconds, microseconds]: readonly unknown[]): number {
  return Number(seconds) + Number(microseconds) / 1_000_000;
}
