import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { SIGNING_ALGS } from '../../../src/registry/registry.ts';
import { assertionIn, assertionOf, UPSTREAM, verifyByFastJwt, verifyByJose } from '../../support/asserted.ts';
import { createSession, manage, send } from '../../support/http.ts';
import {
  declareResource,
  decodeToken,
  getToken,
  grant,
  issuerOf,
  registerApplication,
  tamper,
} from '../../support/issuer.ts';
import { type KeyHost, startKeyHost } from '../../support/key-host.ts';
import { type InProcess, startInProcess } from '../../support/postern.ts';
import { createSigner, signToken } from '../../support/tokens.ts';

const asserting = (tenant: string) => ({ tenant, assertionAudience: UPSTREAM });

const foreignKey = createSigner('ES256', 'foreign-1');
let host: KeyHost;
let postern: InProcess;
beforeAll(async () => {
  host = await startKeyHost();
  host.serve({ '/jwks': { keys: [foreignKey.jwk] } });
  postern = await startInProcess({
    tenants: {
      default: {},
      ...Object.fromEntries(SIGNING_ALGS.map((signingAlg) => [signingAlg.toLowerCase(), { signingAlg }])),
    },
    policies: {
      asserted: asserting('default'),
      ...Object.fromEntries(SIGNING_ALGS.map((alg) => [alg.toLowerCase(), asserting(alg.toLowerCase())])),
    },
    issuers: [
      {
        issuer: host.url,
        jwksUri: `${host.url}/jwks`,
        audience: 'here',
        algorithms: ['ES256'],
        typ: ['JWT'],
      },
    ],
  });
});
afterAll(async () => {
  await postern.close();
  await host.close();
});

const ADA = {
  subject: 'ada',
  roles: ['staff', 'a,b'],
  scope: ['orders:read', 'orders:write'],
  audience: ['https://api.example.com'],
  amr: ['pwd', 'otp'],
  authenticatedAt: 1_700_000_000,
  claims: { email: 'ada@example.com', name: 'Ada “日本” Lovelace', level: 3 },
};

describe('what an assertion says of a session', () => {
  it('is who it is, to whom it is said, and nothing that is not named', async () => {
    const session = await createSession(postern.ports.admin, ADA);
    const assertion = await assertionOf(postern, session);
    const { header, claims } = decodeToken(assertion);
    expect(Object.keys(header).toSorted()).toEqual(['alg', 'kid', 'typ']);
    expect(header).toMatchObject({ alg: 'RS256', typ: 'assertion+jwt' });
    expect(await verifyByJose(postern.ports, assertion)).toEqual({
      iss: issuerOf(postern.ports),
      aud: UPSTREAM,
      sub: 'ada',
      subject_type: 'user',
      tenant: 'default',
      sid: session.id,
      scope: 'orders:read orders:write',
      roles: ['staff', 'a,b'],
      session_audience: ['https://api.example.com'],
      amr: ['pwd', 'otp'],
      auth_time: 1_700_000_000,
      email: 'ada@example.com',
      name: 'Ada “日本” Lovelace',
      iat: claims.iat,
      exp: claims.iat + 60,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('lacks what the session does not have, and never holds its token', async () => {
    const session = await createSession(postern.ports.admin, { subject: 'bob' });
    const assertion = await assertionOf(postern, session);
    const { claims } = decodeToken(assertion);
    expect(claims).toMatchObject({ sub: 'bob', scope: '', roles: [], session_audience: [], amr: [] });
    for (const absent of ['client_id', 'email', 'name']) expect(claims).not.toHaveProperty(absent);
    expect(JSON.stringify(decodeToken(assertion))).not.toContain(session.token);
  });

  it('ends with the session where that is sooner, and with an idle time that begins now', async () => {
    const short = await createSession(postern.ports.admin, { subject: 'ada', ttlSeconds: 30 });
    expect(decodeToken(await assertionOf(postern, short)).claims.exp).toBe(short.expiresAt);
    const idling = await createSession(postern.ports.admin, { subject: 'ada', idleSeconds: 10 });
    const { claims } = decodeToken(await assertionOf(postern, idling));
    expect(claims.exp - claims.iat).toBe(10);
  });

  it.each(['jwt', 'opaque'])('is said of an application by its %s token too', async (tokenFormat) => {
    const resource = `https://api.example.com/${tokenFormat}`;
    await declareResource(postern.ports, { indicator: resource, tokenFormat, scopes: ['read'] });
    const client = await registerApplication(postern.ports);
    await grant(postern.ports, client, resource, ['read']);
    const reply = await bearing(await getToken(postern.ports, client, { resource }));
    expect(await verifyByFastJwt(postern.ports, assertionIn(reply))).toMatchObject({
      sub: client.clientId,
      subject_type: 'client',
      client_id: client.clientId,
      scope: 'read',
      session_audience: [resource],
      sid: reply.headers['x-auth-session-id'],
    });
  });

  it('is said of a session of a foreign issuer, and no scope with a space in it becomes two', async () => {
    const now = Math.floor(systemClock());
    const rest = { aud: 'here', scope: ['orders read', 'own'], iat: now, exp: now + 600 };
    const token = signToken(foreignKey, { iss: host.url, sub: 'eve', ...rest }, { typ: 'JWT' });
    const reply = await bearing(token);
    expect(await verifyByJose(postern.ports, assertionIn(reply))).toMatchObject({
      iss: issuerOf(postern.ports),
      sub: 'eve',
      scope: 'own',
      sid: expect.stringMatching(/^foreign\./),
    });
  });
});

const bearing = (token: string) =>
  send(postern.ports.decision, {
    path: '/auth-request/asserted',
    headers: ['Authorization', `Bearer ${token}`],
  });

describe.each(SIGNING_ALGS)('a tenant that signs with %s and has no key yet', (alg) => {
  const tenant = alg.toLowerCase();

  it('asserts what two libraries verify by the keys that it publishes, and neither once it was changed', async () => {
    const session = await createSession(postern.ports.admin, { subject: 'ada' }, tenant);
    const assertion = await assertionOf(postern, session, tenant);
    for (const verify of [verifyByJose, verifyByFastJwt]) {
      expect(await verify(postern.ports, assertion, alg, tenant)).toMatchObject({ sub: 'ada', tenant });
      await expect(verify(postern.ports, tamper(assertion), alg, tenant)).rejects.toThrow();
      await expect(verify(postern.ports, assertion, alg, 'default')).rejects.toThrow();
    }
    const { keys } = JSON.parse(
      (await manage(postern.ports.admin, 'GET', `/${tenant}/keys`, undefined)).body,
    );
    expect(keys).toHaveLength(2);
  });
});
