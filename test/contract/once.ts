import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { sha256 } from '../../src/lib/digest.ts';
import { STRIKES } from '../../src/store/strikes.ts';
import type { TestStore } from '../support/stores.ts';

/** What every adapter of `ConsumeOnce` promises. */
export function describeConsumeOnce(engine: string, open: () => Promise<TestStore>): void {
  describe(`what is used once on ${engine}`, () => {
    let under: TestStore;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    it('is true for the first to say so, and for nobody after', async () => {
      const digest = sha256('jti');
      expect(await under.store.consumeOnce('default', digest, 60)).toBe(true);
      expect(await under.store.consumeOnce('default', digest, 60)).toBe(false);
      expect(await under.store.consumeOnce('default', sha256('another'), 60)).toBe(true);
    });

    it('is true for one of many who say so at once', async () => {
      const digest = sha256('raced');
      const said = await Promise.all(
        Array.from({ length: 50 }, () => under.store.consumeOnce('default', digest, 60)),
      );
      expect(said.filter(Boolean)).toHaveLength(1);
    });

    it('is kept apart by tenant', async () => {
      const digest = sha256('shared');
      expect(await under.store.consumeOnce('default', digest, 60)).toBe(true);
      expect(await under.store.consumeOnce('other', digest, 60)).toBe(true);
    });

    it('is forgotten when its time is over, and who asks in between does not draw it out', async () => {
      const digest = sha256('short');
      expect(await under.store.consumeOnce('default', digest, 0.2)).toBe(true);
      const again = () => under.store.consumeOnce('default', digest, 3_600);
      await vi.waitUntil(again, { interval: 5, timeout: 10_000 });
      expect(await again()).toBe(false);
    });

    it('leaves nothing behind', async () => {
      const digest = sha256('litter');
      await under.store.consumeOnce('default', digest, 0.001);
      // On SQLite, what is over goes with a later use.
      await vi.waitUntil(async () => {
        await under.store.consumeOnce('default', crypto.randomUUID(), 60);
        return !(await under.dump()).includes(digest);
      }, 20_000);
    });

    it('an engine that is gone is "can\'t tell", and neither used nor unused', async () => {
      await under.breakDown();
      await expect(under.store.consumeOnce('default', sha256('jti'), 60)).rejects.toBeInstanceOf(CannotTell);
    });
  });
}

/** What every adapter of `Strike` promises. */
export function describeStrike(engine: string, open: () => Promise<TestStore>): void {
  describe(`counting failures on ${engine}`, () => {
    let under: TestStore;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    const strikes = async (key: string, count: number) => {
      const answers: number[] = [];
      for (let strike = 0; strike < count; strike += 1) answers.push(await under.store.strike(key));
      return answers;
    };

    it('refuses for at most a minute after twenty failures, and no other key', async () => {
      const key = sha256('attacker');
      expect(await strikes(key, STRIKES.points)).toEqual(Array(20).fill(0));
      for (const seconds of await strikes(key, 3)) {
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThan(0);
        expect(seconds).toBeLessThanOrEqual(60);
      }
      expect(await strikes(sha256('bystander'), 1)).toEqual([0]);
    });

    it('counts each of those that fail at once', async () => {
      const key = sha256('crowd');
      const answers = await Promise.all(Array.from({ length: 50 }, () => under.store.strike(key)));
      expect(answers.filter((seconds) => seconds === 0)).toHaveLength(20);
    });

    it('is measured, and a refusal is no failure of the store', async () => {
      under.calls.length = 0;
      await strikes(sha256('measured'), 21);
      expect(under.calls).toEqual(Array(21).fill({ operation: 'strike', result: 'ok' }));
    });
  });
}
