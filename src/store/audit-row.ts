import { z } from 'zod';
import type { AuditEntry, AuditPage } from '../registry/ports.ts';
import { parseJson, unreadable } from './unreadable.ts';

const VERSION = 1;
const KIND = 'audit';

/** How many entries are kept of each tenant: the newest. */
export const MAX_AUDIT_ENTRIES = 1_000;

/** An entry as it is kept, and its place in its tenant's trail: the later, the higher. */
export type Placed = { readonly place: number; readonly text: string };

const row = z.strictObject({
  version: z.literal(VERSION),
  kind: z.literal(KIND),
  tenant: z.string(),
  id: z.string(),
  at: z.number(),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});

export function writeAuditEntry(tenant: string, entry: AuditEntry): string {
  return JSON.stringify({ version: VERSION, kind: KIND, tenant, ...entry });
}

/** The page that `found` is, newest first, where `found` is what there is up to one more than the limit. */
export function readAuditPage(tenant: string, found: readonly Placed[], limit: number): AuditPage {
  const shown = found.slice(0, limit);
  const entries = shown.map(({ text }) => readAuditEntry(tenant, text));
  const last = shown.at(-1);
  return found.length > limit && last !== undefined ? { entries, next: last.place } : { entries };
}

function readAuditEntry(tenant: string, text: string): AuditEntry {
  const { success, data } = row.safeParse(parseJson(text));
  if (!success) throw unreadable('an entry of the audit trail', 'it does not have the form of one');
  const { version, kind, tenant: owner, ...entry } = data;
  if (owner !== tenant) throw unreadable('an entry of the audit trail', 'it belongs to another tenant');
  return entry;
}
