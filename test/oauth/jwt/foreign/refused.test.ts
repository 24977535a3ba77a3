import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API, type ForeignSite, now, oidcKey, startForeignSite } from '../../../support/foreign-site.ts';
import { send } from '../../../support/http.ts';
import { startKeyHost } from '../../../support/key-host.ts';
import { createSigner, signToken } from '../../../support/tokens.ts';

let site: ForeignSite;
beforeAll(async () => {
  site = await startForeignSite();
});
afterAll(() => site.close());

describe('tokens that are none of theirs', () => {
  it.each<[string, () => string]>([
    ['JWT-01 unsigned', () => `${site.logto({}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`],
    ['signed by somebody else', () => site.logto({}, {}, createSigner('ES384', 'logto-1'))],
    ['JWT-03 signed by the key of another issuer', () => site.logto({}, {}, oidcKey)],
    ['JWT-08 with a critical extension', () => site.logto({}, { crit: ['exp'] })],
    ['JWT-09 without an end', () => site.logto({ exp: undefined })],
    ['JWT-10 of another issuer', () => site.logto({ iss: `${site.issuers.logto}/` })],
    ['JWT-11 for another audience', () => site.logto({ aud: 'https://api.example.com' })],
    ['JWT-12 an ID token', () => site.logto({}, { typ: 'JWT' })],
    ['JWT-13 not good yet', () => site.logto({ nbf: now() + 120 })],
    ['JWT-17 as long as a token may be', () => `${'a'.repeat(4_000)}.${'b'.repeat(4_000)}.c`],
    ['JWT-17 all dots', () => '.'.repeat(5_000)],
    ['JWT-18 padded', () => `${site.logto()}=`],
    ['HDR-13 of several subjects', () => site.logto({ sub: ['a', 'b'] })],
  ])('%s is 401', async (_, token) => {
    const reply = await site.ask('default', token());
    expect([reply.status, reply.headers['x-auth-subject']]).toEqual([401, undefined]);
  });

  it.each(['jku', 'x5u'])('JWT-05 nobody is asked whom the token names: %s', async (name) => {
    const evil = await startKeyHost();
    evil.serve({ '/keys': { keys: [createSigner('ES384', 'logto-1').jwk] } });
    expect((await site.ask('default', site.logto({}, { [name]: `${evil.url}/keys` }))).status).toBe(401);
    expect((await site.ask('default', site.logto({ iss: evil.url }))).status).toBe(401);
    expect(evil.asked).toEqual([]);
    await evil.close();
  });

  it('JWT-07 a flood of unknown keys asks once, and good tokens pass meanwhile', async () => {
    await site.ask('default', site.logto());
    const before = site.host.asked.length;
    const flood = Array.from({ length: 200 }, (_, index) =>
      site.ask('default', site.logto({}, { kid: `x${index}` })),
    );
    expect((await site.ask('default', site.logto())).status).toBe(200);
    expect(new Set((await Promise.all(flood)).map(({ status }) => status))).toEqual(new Set([401]));
    expect(site.host.asked.length - before).toBeLessThanOrEqual(1);
  });

  it('JWT-14 are read from Bearer alone, in any case', async () => {
    const status = async (value: string) =>
      (
        await send(site.postern.ports.decision, {
          path: '/auth-request/default',
          headers: ['Authorization', value],
        })
      ).status;
    const token = site.logto();
    expect([await status(`bEaReR ${token}`), await status(`BEARER ${token}`)]).toEqual([200, 200]);
    for (const value of [
      `Basic ${token}`,
      token,
      `Bearer  ${token}`,
      `Bearer\t${token}`,
      `Bearer ${token} x`,
    ]) {
      expect(await status(value)).toBe(401);
    }
  });

  it('JWT-22 are told apart in the metrics by what is wrong with them', async () => {
    const { logto, oidc } = site;
    const tokens = [
      oidc({ exp: now() - 300 }),
      oidc({ iat: now() + 300 }),
      logto({ iss: 'https://other.example' }),
      logto({}, { kid: 'other' }),
      logto({}, {}, createSigner('ES384', 'logto-1')),
      logto({}, { crit: ['exp'] }),
    ];
    for (const token of tokens) expect((await site.ask('default', token)).status).toBe(401);
    const metrics = await site.postern.metrics();
    for (const reason of [
      'jwt_expired',
      'jwt_claims',
      'jwt_key',
      'jwt_signature',
      'jwt_issuer',
      'jwt_syntax',
    ]) {
      expect(metrics).toMatch(new RegExp(`postern_decisions_total\\{[^}]*reason="${reason}"`));
    }
  });
});

describe('JWT-20 tokens of an issuer that is away', () => {
  const token = () => signToken(oidcKey, { iss: site.issuers.away, sub: 'u', aud: API, exp: now() + 60 });

  it('are 503 as long as no key was ever known, and no session is lost by it', async () => {
    for (let time = 0; time < 2; time += 1) {
      const reply = await site.ask('default', token());
      expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
    }
    expect((await site.ask('open', token())).status).toBe(503);
    expect((await site.ask('default', site.oidc())).status).toBe(200);
    expect(await site.postern.metrics()).toContain('reason="issuer_unavailable"');
  });
});
