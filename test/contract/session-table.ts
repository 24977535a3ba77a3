import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CannotTell, type Session } from '../../src/decision/session.ts';
import { mintToken } from '../../src/decision/token.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { interleave } from '../support/interleave.ts';
import { sessionOf } from '../support/sessions.ts';
import type { TestStore } from '../support/stores.ts';

/** What every adapter of the session table's ports promises; `open` starts one on a real engine. */
export function describeSessionTable(engine: string, open: () => Promise<TestStore>): void {
  describe(`the session table on ${engine}`, () => {
    let under: TestStore;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    const put = async (changes: Partial<Session> = {}) => {
      const session = sessionOf(changes);
      await under.store.table.create(session);
      return session;
    };
    const find = async ({ tenant, id }: Pick<Session, 'tenant' | 'id'>) =>
      (await under.store.findRow(tenant, id))?.session;
    const subjects = (subject: string, limit = 100, before?: number) =>
      under.store.directory.list('default', subject, { limit, ...(before !== undefined && { before }) });

    it('gives back what was created, whole', async () => {
      const session = await put({
        subject: 'whole \u0000\u001f"%日本',
        clientId: 'machine',
        cookieDomain: 'a.example',
      });
      expect(await find(session)).toEqual(session);
    });

    it('answers undefined, and not an error, for what is not there', async () => {
      expect(await find({ tenant: 'default', id: mintToken('nobody').id })).toBeUndefined();
    });

    it('keeps tenants apart', async () => {
      const { id } = await put();
      expect(await find({ tenant: 'other', id })).toBeUndefined();
      await under.store.table.revoke('other', id);
      expect(await find({ tenant: 'default', id })).toBeDefined();
    });

    it('creating again overwrites, and lists once', async () => {
      const session = await put({ subject: 'again' });
      await under.store.table.create({ ...session, roles: ['other'] });
      expect((await find(session))?.roles).toEqual(['other']);
      expect((await subjects('again')).sessions).toHaveLength(1);
    });

    it('drops a row by itself when its time is over', async () => {
      const session = await put({ subject: 'short', expiresAt: Math.ceil(systemClock()) + 1 });
      expect(await find(session)).toBeDefined();
      while ((await find(session)) !== undefined);
      expect(systemClock()).toBeGreaterThanOrEqual(session.expiresAt - 0.1);
      expect((await subjects('short')).sessions).toEqual([]);
    });

    it('SES-08 what is revoked is gone, and revoking it again is no error', async () => {
      const session = await put({ subject: 'revoked' });
      await under.store.table.revoke(session.tenant, session.id);
      await under.store.table.revoke(session.tenant, session.id);
      expect(await find(session)).toBeUndefined();
      expect((await subjects('revoked')).sessions).toEqual([]);
      expect(await under.dump()).not.toContain(session.id);
    });

    it('SES-06 rotating puts the new in the place of the old in one step', async () => {
      const old = await put({ subject: 'rotated' });
      const next = { ...old, id: mintToken(old.subject).id, roles: ['admin'] };
      expect(await under.store.table.rotate(old, next)).toBe(true);
      expect(await find(old)).toBeUndefined();
      expect(await find(next)).toEqual(next);
      expect((await subjects('rotated')).sessions).toEqual([next]);
    });

    it('of two rotations of one session, one succeeds', async () => {
      const old = await put({ subject: 'twice' });
      const nexts = [1, 2].map(() => ({ ...old, id: mintToken(old.subject).id }));
      const done = await Promise.all(nexts.map((next) => under.store.table.rotate(old, next)));
      expect(done.toSorted()).toEqual([false, true]);
      expect((await subjects('twice')).sessions).toHaveLength(1);
    });

    it('what was revoked cannot be rotated back', async () => {
      const old = await put({ subject: 'back' });
      await under.store.table.revoke(old.tenant, old.id);
      expect(await under.store.table.rotate(old, { ...old, id: mintToken(old.subject).id })).toBe(false);
      expect((await subjects('back')).sessions).toEqual([]);
    });

    it('revoking a subject ends all of its sessions and no other', async () => {
      const own = await Promise.all([1, 2, 3].map(() => put({ subject: 'everywhere' })));
      const other = await put({ subject: 'elsewhere' });
      await under.store.table.revokeSubject('default', 'everywhere');
      for (const session of own) expect(await find(session)).toBeUndefined();
      expect(await find(other)).toEqual(other);
      expect((await subjects('everywhere')).sessions).toEqual([]);
    });

    it('a session that is created while its subject is revoked either lives or is gone, and is listed so', async () => {
      const created = [put({ subject: 'racing' }), put({ subject: 'racing' })];
      await Promise.all([
        ...created,
        under.store.table.revokeSubject('default', 'racing'),
        put({ subject: 'racing' }),
      ]);
      const listed = (await subjects('racing')).sessions;
      for (const session of await Promise.all(created)) {
        const found = await find(session);
        expect(listed.some(({ id }) => id === session.id)).toBe(found !== undefined);
      }
    });

    it('lists a subject in pages, newest first, without a gap or a repetition', async () => {
      const created: string[] = [];
      for (let count = 0; count < 7; count += 1) created.unshift((await put({ subject: 'paged' })).id);
      const listed: string[] = [];
      let before: number | undefined;
      do {
        const page = await subjects('paged', 3, before);
        listed.push(...page.sessions.map(({ id }) => id));
        before = page.next;
      } while (before !== undefined);
      expect(listed).toEqual(created);
    });

    it('SES-10 a touch moves lastSeenAt alone, and never the end', async () => {
      const session = await put({ subject: 'touched' });
      await under.store.touch(session, session.lastSeenAt + 90);
      expect(await find(session)).toEqual({ ...session, lastSeenAt: session.lastSeenAt + 90 });
    });

    it('of two touches that read the same row, one is written', async () => {
      const session = await put({ subject: 'touched twice' });
      await under.store.touch(session, session.lastSeenAt + 90);
      await under.store.touch(session, session.lastSeenAt + 60);
      expect((await find(session))?.lastSeenAt).toBe(session.lastSeenAt + 90);
    });

    it('SES-13 revoking one wins over every interleaving of touches', async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const session = await put({ subject: 'raced' });
          const { table, touch } = under.store;
          await interleave(scheduler, [
            () => touch(session, session.lastSeenAt + 90),
            () => table.revoke('default', session.id),
            () => touch(session, session.lastSeenAt + 60),
          ]);
          expect(await find(session)).toBeUndefined();
          expect((await subjects('raced')).sessions).toEqual([]);
        }),
        { numRuns: 50 },
      );
    });

    it('SES-13 a rotation never brings back what was revoked before it, and its successor goes with its subject', async () => {
      const { table, touch } = under.store;
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, whole) => {
          const subject = `raced ${crypto.randomUUID()}`;
          const session = await put({ subject });
          const next = { ...session, id: mintToken(subject).id };
          const began: string[] = [];
          let rotated = false;
          await interleave(scheduler, [
            async () => {
              began.push('revoke');
              await (whole ? table.revokeSubject('default', subject) : table.revoke('default', session.id));
            },
            async () => {
              began.push('rotate');
              rotated = await table.rotate(session, next);
            },
            () => touch(session, session.lastSeenAt + 90),
          ]);
          expect(rotated).toBe(began[0] === 'rotate');
          expect(await find(session)).toBeUndefined();
          const survives = rotated && !whole;
          expect(await find(next)).toEqual(survives ? next : undefined);
          expect((await subjects(subject)).sessions).toEqual(survives ? [next] : []);
        }),
        { numRuns: 50 },
      );
    });

    it('revoking a subject reaches its longest session after its shortest has ended', async () => {
      const subject = 'long and short';
      const long = await put({ subject });
      const short = await put({ subject, expiresAt: Math.ceil(systemClock()) + 1 });
      while ((await find(short)) !== undefined);
      await under.store.table.revokeSubject('default', subject);
      expect(await find(long)).toBeUndefined();
    });

    it('keeps no row for longer than its session lives, used or not', async () => {
      const subject = 'used and over';
      const session = await put({ subject, expiresAt: Math.ceil(systemClock()) + 1 });
      await under.store.touch(session, session.lastSeenAt + 1);
      while ((await find(session)) !== undefined);
      // On SQLite, what is over goes with a later creation.
      await put({ subject });
      await vi.waitUntil(async () => !(await under.dump()).includes(session.id), 20_000);
    });

    it.each([
      ['no JSON', 'not json'],
      ['a list', '[]'],
      ['nothing', ''],
      ['a row of a newer version', '{"version":2,"kind":"session"}'],
      ['OPQ-06 a row of another kind', '{"version":1,"kind":"client"}'],
      ['a row without its fields', '{"version":1,"kind":"session"}'],
    ])('OPQ-09 a row that holds %s is "can\'t tell", and not "none"', async (_, text) => {
      const session = await put();
      await under.overwrite(session.tenant, session.id, text);
      under.calls.length = 0;
      await expect(find(session)).rejects.toMatchObject({ name: 'CannotTell', doubt: 'row_unreadable' });
      expect(under.calls).toEqual([{ operation: 'find', result: 'row_unreadable' }]);
      await under.store.table.revoke(session.tenant, session.id);
      expect(await find(session)).toBeUndefined();
    });

    it('OPQ-09 a row larger than 16 KiB is "can\'t tell"', async () => {
      const session = await put();
      const text = JSON.stringify({
        version: 1,
        kind: 'session',
        ...session,
        claims: { name: 'n'.repeat(17_000) },
      });
      await under.overwrite(session.tenant, session.id, text);
      await expect(find(session)).rejects.toMatchObject({ doubt: 'row_unreadable' });
    });

    it('a row that belongs to another session is "can\'t tell"', async () => {
      const [mine, other] = [await put(), await put()];
      await under.overwrite(mine.tenant, mine.id, JSON.stringify({ version: 1, kind: 'session', ...other }));
      await expect(find(mine)).rejects.toMatchObject({ doubt: 'row_unreadable' });
      // Whose replies are not to be trusted is asked first.
      await vi.waitUntil(async () => (await under.store.health()).answers, 20_000);
      expect(await find(other)).toEqual(other);
    });

    it('OPQ-02 keeps no token, neither in a key nor in a value', async () => {
      const { token, id } = mintToken('secretive');
      await put({ subject: 'secretive', id });
      const kept = await under.dump();
      expect(kept).toContain(id);
      expect(kept).not.toContain(token.reveal());
      expect(kept).not.toContain(token.reveal().slice(2));
    });

    it('an engine that is gone is "can\'t tell" for every call', async () => {
      const session = await put();
      await under.breakDown();
      const { table, touch, directory } = under.store;
      const calls = [
        find(session),
        touch(session, session.lastSeenAt + 90),
        table.create(sessionOf()),
        table.rotate(session, { ...session, id: mintToken(session.subject).id }),
        table.revoke(session.tenant, session.id),
        table.revokeSubject('default', 'ada'),
        directory.list('default', 'ada', { limit: 1 }),
        directory.find(session.tenant, session.id),
      ];
      for (const call of await Promise.allSettled(calls)) {
        expect(call).toMatchObject({ status: 'rejected', reason: expect.any(CannotTell) });
      }
      expect(await under.store.health()).toMatchObject({ answers: false });
    });
  });
}
