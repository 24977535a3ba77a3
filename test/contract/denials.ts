import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import type { ForeignToken } from '../../src/oauth/ports.ts';
import type { TestStore } from '../support/stores.ts';

const ISSUER = 'https://tenant.example.com/oidc';

/** What every adapter of `ForeignDenials` promises. */
export function describeForeignDenials(engine: string, open: () => Promise<TestStore>): void {
  describe(`denials of foreign tokens on ${engine}`, () => {
    let under: TestStore;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    /** A tenant of the test's own. */
    const newTenant = () => `t-${crypto.randomUUID()}`;
    const tokenOf = (changes: Partial<ForeignToken> = {}): ForeignToken => ({
      issuer: ISSUER,
      subject: 'ada',
      jti: 'j1',
      issuedAt: 1_000,
      ...changes,
    });
    const isDenied = (tenant: string, token: ForeignToken) =>
      under.store.foreignDenials.isDenied(tenant, token);

    it('where nothing was denied, nothing is', async () => {
      expect(await isDenied(newTenant(), tokenOf())).toBe(false);
      expect(await isDenied(newTenant(), { issuer: ISSUER, subject: 'ada', issuedAt: 0 })).toBe(false);
    });

    it('of one token bites that token alone', async () => {
      const tenant = newTenant();
      await under.store.foreignDenials.denyToken(tenant, ISSUER, 'j1', 60);
      expect(await isDenied(tenant, tokenOf())).toBe(true);
      expect(await isDenied(tenant, tokenOf({ jti: 'j2' }))).toBe(false);
      expect(await isDenied(tenant, tokenOf({ issuer: `${ISSUER}/` }))).toBe(false);
      expect(await isDenied(tenant, { issuer: ISSUER, subject: 'ada', issuedAt: 1_000 })).toBe(false);
      expect(await isDenied(newTenant(), tokenOf())).toBe(false);
    });

    it('of a subject bites what was issued to it before, with and without a jti', async () => {
      const tenant = newTenant();
      await under.store.foreignDenials.denySubject(tenant, ISSUER, 'ada', 1_000.5, 60);
      expect(await isDenied(tenant, tokenOf({ issuedAt: 1_000 }))).toBe(true);
      expect(await isDenied(tenant, { issuer: ISSUER, subject: 'ada', issuedAt: 1_000 })).toBe(true);
      expect(await isDenied(tenant, tokenOf({ issuedAt: 1_000.5 }))).toBe(false);
      expect(await isDenied(tenant, tokenOf({ issuedAt: 1_001 }))).toBe(false);
      expect(await isDenied(tenant, tokenOf({ subject: 'bob' }))).toBe(false);
      expect(await isDenied(tenant, tokenOf({ issuer: `${ISSUER}/` }))).toBe(false);
      expect(await isDenied(newTenant(), tokenOf())).toBe(false);
    });

    it('a jti is never taken for a subject, nor a subject for a jti', async () => {
      const tenant = newTenant();
      await under.store.foreignDenials.denyToken(tenant, ISSUER, 'ada', 60);
      await under.store.foreignDenials.denySubject(tenant, ISSUER, 'j1', 2_000, 60);
      expect(await isDenied(tenant, tokenOf())).toBe(false);
    });

    it.each([
      ['later then earlier', [1_001, 999]],
      ['earlier then later', [999, 1_001]],
      // As texts, 999 would be the greater.
      ['of all that are given at once', [999, 1_001, 2, 1_000]],
    ])('the strongest denial of a subject holds: %s', async (_, bounds) => {
      const tenant = newTenant();
      const { denySubject } = under.store.foreignDenials;
      await Promise.all(bounds.map((notBefore) => denySubject(tenant, ISSUER, 'ada', notBefore, 60)));
      expect(await isDenied(tenant, tokenOf({ issuedAt: 1_000 }))).toBe(true);
      expect(await isDenied(tenant, tokenOf({ issuedAt: 1_001 }))).toBe(false);
    });

    it('is over when its time is, and a shorter one after it does not end it', async () => {
      const tenant = newTenant();
      const { denyToken, denySubject } = under.store.foreignDenials;
      for (const seconds of [60, 0.001]) {
        await denyToken(tenant, ISSUER, 'long', seconds);
        await denySubject(tenant, ISSUER, 'long', 2_000, seconds);
      }
      await denyToken(tenant, ISSUER, 'short', 0.05);
      await denySubject(tenant, ISSUER, 'short', 2_000, 0.05);
      for (const short of [tokenOf({ jti: 'short' }), tokenOf({ subject: 'short' })]) {
        await vi.waitUntil(async () => !(await isDenied(tenant, short)), 20_000);
      }
      expect(await isDenied(tenant, tokenOf({ jti: 'long' }))).toBe(true);
      expect(await isDenied(tenant, tokenOf({ subject: 'long' }))).toBe(true);
    });

    it('one that is over lends its bound to none that follows', async () => {
      const tenant = newTenant();
      const { denySubject } = under.store.foreignDenials;
      await denySubject(tenant, ISSUER, 'ada', 2_000, 0.05);
      await vi.waitUntil(async () => !(await isDenied(tenant, tokenOf())), 20_000);
      await denySubject(tenant, ISSUER, 'ada', 500, 60);
      expect(await isDenied(tenant, tokenOf({ issuedAt: 1_000 }))).toBe(false);
      expect(await isDenied(tenant, tokenOf({ issuedAt: 499 }))).toBe(true);
    });

    it('keeps nothing that the issuer wrote, and nothing of what is over', async () => {
      const tenant = newTenant();
      const { denyToken, denySubject } = under.store.foreignDenials;
      await denyToken(tenant, ISSUER, 'written-jti', 60);
      await denySubject(tenant, ISSUER, 'written-subject', 1_000, 60);
      const kept = await under.dump();
      expect(kept).toContain(tenant);
      for (const text of ['written-jti', 'written-subject', 'tenant.example.com']) {
        expect(kept).not.toContain(text);
      }
      const over = newTenant();
      await denyToken(over, ISSUER, 'j1', 0.001);
      // On SQLite, what is over goes with a later denial.
      await vi.waitUntil(async () => {
        await denyToken(tenant, ISSUER, 'j1', 60);
        return !(await under.dump()).includes(over);
      }, 20_000);
    });

    it('an engine that is gone is "can\'t tell" for every call', async () => {
      await under.breakDown();
      const { denyToken, denySubject } = under.store.foreignDenials;
      const calls = [
        denyToken('default', ISSUER, 'j1', 60),
        denySubject('default', ISSUER, 'ada', 1_000, 60),
        isDenied('default', tokenOf()),
      ];
      for (const call of await Promise.allSettled(calls)) {
        expect(call).toMatchObject({ status: 'rejected', reason: expect.any(CannotTell) });
      }
    });
  });
}
