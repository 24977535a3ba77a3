import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { mintToken } from '../../src/decision/token.ts';
import { versioned } from '../support/registries.ts';
import { sessionOf } from '../support/sessions.ts';
import type { TestStore } from '../support/stores.ts';

/** What every adapter of `FindRow` promises beside what the session table does. */
export function describeFindRow(engine: string, open: () => Promise<TestStore>): void {
  describe(`a row and the version of its registry on ${engine}`, () => {
    let under: TestStore;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    const put = async () => {
      const session = sessionOf({ tenant: `t-${crypto.randomUUID()}`, subjectType: 'client' });
      await under.store.table.create(session);
      return session;
    };

    it('the version is "" where nothing was ever declared', async () => {
      const session = await put();
      expect(await under.store.findRow(session.tenant, session.id)).toEqual({ session, version: '' });
    });

    it('the version is new as soon as a change was done', async () => {
      const session = await put();
      const { tenant, id } = session;
      let expected = '';
      for (let change = 0; change < 3; change += 1) {
        const next = versioned();
        await under.store.registries.replace(tenant, expected, next, []);
        expect(await under.store.findRow(tenant, id)).toEqual({ session, version: next.version });
        expected = next.version;
      }
    });

    it('the version is that of the own tenant', async () => {
      const [mine, other] = [await put(), await put()];
      await under.store.registries.replace(other.tenant, '', versioned(), []);
      expect(await under.store.findRow(mine.tenant, mine.id)).toMatchObject({ version: '' });
    });

    it("there is none for a user's session, whatever was declared", async () => {
      const session = sessionOf({ tenant: `t-${crypto.randomUUID()}` });
      await under.store.table.create(session);
      await under.store.registries.replace(session.tenant, '', versioned(), []);
      const found = await under.store.findRow(session.tenant, session.id);
      expect(found).toEqual({ session, version: undefined });
    });

    it('without the row there is nothing, whatever was declared', async () => {
      await under.store.registries.replace('default', '', versioned(), []);
      expect(await under.store.findRow('default', mintToken('nobody').id)).toBeUndefined();
    });

    it('a document that cannot be read is not asked for', async () => {
      const session = await put();
      const next = versioned();
      await under.store.registries.replace(session.tenant, '', next, []);
      await under.overwriteRegistry(session.tenant, 'not json');
      expect(await under.store.findRow(session.tenant, session.id)).toEqual({
        session,
        version: next.version,
      });
    });

    it('an engine that is gone is "can\'t tell"', async () => {
      const { tenant, id } = await put();
      await under.breakDown();
      await expect(under.store.findRow(tenant, id)).rejects.toBeInstanceOf(CannotTell);
    });
  });
}
