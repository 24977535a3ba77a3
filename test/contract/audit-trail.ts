import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/registry/ports.ts';
import { auditEntryOf, versioned } from '../support/registries.ts';
import type { TestStore } from '../support/stores.ts';

/** What every adapter of `RegistryStore` promises of the audit trail. */
export function describeAuditTrail(engine: string, open: () => Promise<TestStore>): void {
  describe(`the audit trail on ${engine}`, () => {
    let under: TestStore;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    const record = async (tenant: string, entries: readonly AuditEntry[]) => {
      const { version } = await under.store.registries.state(tenant);
      expect(await under.store.registries.replace(tenant, version, versioned(), entries)).toBe(true);
    };
    const pages = async (tenant: string, limit: number) => {
      const found: AuditEntry[][] = [];
      let before: number | undefined;
      do {
        const page = await under.store.registries.audit(tenant, {
          limit,
          ...(before !== undefined && { before }),
        });
        found.push([...page.entries]);
        before = page.next;
      } while (before !== undefined);
      return found;
    };
    const numbered = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => auditEntryOf({ target: String(from + index) }));

    it('ADM-18 gives back an entry whole, with what was before and after', async () => {
      const entry = auditEntryOf({
        actor: 'f4a1',
        before: { name: 'old "日本"', roles: ['a'], accessTokenTtl: null },
        after: 'new',
      });
      await record('whole', [entry]);
      expect((await under.store.registries.audit('whole', { limit: 1 })).entries).toEqual([entry]);
    });

    it('is read in pages, newest first, without a gap, a repetition or an empty page', async () => {
      const entries = numbered(0, 6);
      await record('paged', entries.slice(0, 2));
      await record('paged', entries.slice(2, 6));
      const [newest, ...older] = await pages('paged', 3);
      expect([newest, ...older]).toEqual([entries.slice(3).toReversed(), entries.slice(0, 3).toReversed()]);
      expect(await pages('paged', 4)).toHaveLength(2);
      expect(await pages('paged', 100)).toHaveLength(1);
    });

    it('a page goes on where the one before ended, whatever was added since', async () => {
      const entries = numbered(0, 4);
      await record('moving', entries);
      const { next } = await under.store.registries.audit('moving', { limit: 2 });
      await record('moving', numbered(4, 6));
      const rest = await under.store.registries.audit('moving', { limit: 2, before: next ?? 0 });
      expect(rest).toEqual({ entries: entries.slice(0, 2).toReversed() });
    });

    it('keeps the newest thousand entries of a tenant, and all of the others', async () => {
      await record('quiet', numbered(0, 1));
      for (let from = 0; from < 1_050; from += 350) await record('busy', numbered(from, from + 350));
      const kept = (await pages('busy', 400)).flat().map(({ target }) => Number(target));
      expect(kept).toEqual(Array.from({ length: 1_000 }, (_, index) => 1_049 - index));
      await record('busy', numbered(1_050, 1_051));
      const [page] = await pages('busy', 2_000);
      expect([page?.length, page?.[0]?.target, page?.at(-1)?.target]).toEqual([1_000, '1050', '51']);
      expect((await pages('quiet', 10)).flat()).toHaveLength(1);
      const dumped = await under.dump();
      expect([50, 51].map((target) => dumped.includes(`target\\":\\"${target}\\"`))).toEqual([false, true]);
    });

    const { before: _, ...entry } = auditEntryOf();
    it.each([
      ['no JSON', 'not json'],
      ['an entry of a newer version', JSON.stringify({ version: 2, kind: 'audit', tenant: 'T', ...entry })],
      ['a row of another kind', JSON.stringify({ version: 1, kind: 'session', tenant: 'T', ...entry })],
      [
        'an entry of another tenant',
        JSON.stringify({ version: 1, kind: 'audit', tenant: 'other', ...entry }),
      ],
      ['an entry without its fields', JSON.stringify({ version: 1, kind: 'audit', tenant: 'T' })],
    ])('that holds %s is "can\'t tell"', async (_, text) => {
      const tenant = `t-${crypto.randomUUID()}`;
      await record(tenant, numbered(0, 2));
      await under.overwriteAudit(tenant, text.replace('"T"', `"${tenant}"`));
      await expect(under.store.registries.audit(tenant, { limit: 10 })).rejects.toMatchObject({
        name: 'CannotTell',
        doubt: 'row_unreadable',
      });
    });
  });
}
