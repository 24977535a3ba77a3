import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import type { TestStore } from '../support/stores.ts';

/** What every adapter of `SecretUses` promises. */
export function describeSecretUses(engine: string, open: () => Promise<TestStore>): void {
  describe(`the uses of secrets on ${engine}`, () => {
    let under: TestStore;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    it('are none where none was noted', async () => {
      expect(await under.store.secretUses.of('default', 'nobody')).toEqual(new Map());
    });

    it('are the last of each secret, by its name', async () => {
      const { note, of } = under.store.secretUses;
      await note('default', 'f4a1', 'first', 1_000.5);
      await note('default', 'f4a1', '__proto__', 1_001);
      await note('default', 'f4a1', 'first', 1_002.25);
      expect(await of('default', 'f4a1')).toEqual(
        new Map([
          ['first', 1_002.25],
          ['__proto__', 1_001],
        ]),
      );
    });

    it('are kept apart by application and by tenant', async () => {
      const { note, of } = under.store.secretUses;
      await note('default', 'mine', 'secret', 1);
      await note('default', 'other', 'secret', 2);
      await note('another', 'mine', 'secret', 3);
      expect(await of('default', 'mine')).toEqual(new Map([['secret', 1]]));
    });

    it('an engine that is gone is "can\'t tell" for every call', async () => {
      await under.breakDown();
      const { note, of } = under.store.secretUses;
      const calls = [note('default', 'f4a1', 'first', 1), of('default', 'f4a1')];
      for (const call of await Promise.allSettled(calls)) {
        expect(call).toMatchObject({ status: 'rejected', reason: expect.any(CannotTell) });
      }
    });
  });
}

/** What every adapter of `AgreeOnSecret` promises. */
export function describeAgreeOnSecret(engine: string, open: () => Promise<TestStore>): void {
  describe(`the secret that all agree on, on ${engine}`, () => {
    const openOwn = async () => {
      const own = await open();
      onTestFinished(own.close);
      return own;
    };

    it("is the first's, and whoever comes with another is told so", async () => {
      const { store } = await openOwn();
      const said: boolean[] = [];
      for (const fingerprint of ['a', 'a', 'b', 'a']) said.push(await store.agreeOnSecret(fingerprint));
      expect(said).toEqual([true, true, false, true]);
    });

    it("is one's where two come with different ones at once", async () => {
      const { store } = await openOwn();
      const said = await Promise.all(['a', 'b'].map(store.agreeOnSecret));
      expect(said.toSorted()).toEqual([false, true]);
      expect(await Promise.all(['a', 'b'].map(store.agreeOnSecret))).toEqual(said);
    });

    it('an engine that is gone is "can\'t tell", and no disagreement', async () => {
      const own = await openOwn();
      await own.breakDown();
      await expect(own.store.agreeOnSecret('a')).rejects.toBeInstanceOf(CannotTell);
    });
  });
}
