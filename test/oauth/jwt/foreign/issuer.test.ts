import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../../../src/decision/session.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { createForeignIssuer, type ForeignSettings } from '../../../../src/oauth/jwt/foreign/issuer.ts';
import { createFindByJwt } from '../../../../src/oauth/jwt/verify.ts';
import type { ForeignToken } from '../../../../src/oauth/ports.ts';
import { type KeyHost, startKeyHost } from '../../../support/key-host.ts';
import { createSigner, signToken } from '../../../support/tokens.ts';

const NOW = 1_700_000_000;
const key = createSigner('RS256', 'k');
const stranger = createSigner('RS256', 'k');

let host: KeyHost;
beforeAll(async () => {
  host = await startKeyHost();
  host.serve({ '/keys': { keys: [key.jwk] } });
});
afterAll(() => host.close());

const CLAIMS = { sub: 'ada', aud: ['app'], exp: NOW + 600, iat: NOW, jti: 'j-1', scope: 'appid_default' };
const ID_CLAIMS = {
  sub: 'ada',
  aud: ['app'],
  exp: NOW + 600,
  email: 'ada@example.com',
  name: 'Ada',
  amr: ['cd'],
};
const access = (changes: object = {}) =>
  signToken(key, { iss: host.url, ...CLAIMS, ...changes }, { typ: 'JWT' });
const id = (changes: object = {}, header: object = { typ: 'JWT' }, signer = key) =>
  signToken(signer, { iss: host.url, ...ID_CLAIMS, ...changes }, { typ: undefined, ...header });

/** Finds as the listener does; `denied` says which tokens are, and `asked` what it was asked. */
function trusting(
  changes: Partial<ForeignSettings> = {},
  denied: (token: ForeignToken) => boolean = () => false,
) {
  const asked: unknown[] = [];
  const settings: ForeignSettings = {
    issuer: host.url,
    jwksUri: `${host.url}/keys`,
    tenant: 'default',
    audience: 'app',
    algorithms: ['RS256'],
    typ: ['at+jwt', 'jwt'],
    maxTokenSeconds: 3600,
    subjectType: 'user',
    bearerPair: true,
    claims: { subject: 'sub', scope: 'scope', roles: 'roles', email: 'email', name: 'name' },
    ...changes,
  };
  const issuer = createForeignIssuer(settings, {
    fetch,
    clock: () => NOW,
    report: () => undefined,
    denials: {
      isDenied: async (tenant, token) => {
        asked.push([tenant, token]);
        return denied(token);
      },
    },
  });
  const findByJwt = createFindByJwt(new Map([[settings.issuer, issuer]]), () => NOW);
  return {
    asked,
    find: (token: string, idToken?: string) =>
      findByJwt('default', {
        token: new Secret(token),
        ...(idToken !== undefined && { idToken: new Secret(idToken) }),
      }),
  };
}

const PLAIN: Partial<Session> = { subject: 'ada', scope: ['appid_default'], claims: {}, amr: [] };

describe('a token of a foreign issuer', () => {
  it('is asked about once, by what it can be denied by', async () => {
    const { find, asked } = trusting();
    expect(await find(access())).toMatchObject(PLAIN);
    expect(asked).toEqual([['default', { issuer: host.url, subject: 'ada', jti: 'j-1', issuedAt: NOW }]]);
    await find(access({ jti: undefined }));
    expect(asked[1]).toEqual(['default', { issuer: host.url, subject: 'ada', issuedAt: NOW }]);
  });

  it('JWT-09 says when it was issued: else nobody knows for how long it lives, and has to be denied', async () => {
    expect(await trusting().find(access({ iat: undefined }))).toBe('jwt_claims');
  });

  it('is denied, also where it was good a moment ago', async () => {
    let isDenied = false;
    const { find } = trusting({}, () => isDenied);
    expect(await find(access())).toMatchObject(PLAIN);
    isDenied = true;
    expect(await find(access())).toBe('jwt_denied');
  });

  it('is denied by the subject that it is known by here', async () => {
    const claims = { subject: 'oid', scope: 'scope', roles: 'roles', email: 'email', name: 'name' };
    const { find } = trusting({ claims }, ({ subject }) => subject === 'u-1');
    expect(await find(access({ oid: 'u-1' }))).toBe('jwt_denied');
    expect(await find(access({ oid: 'u-2' }))).toMatchObject({ subject: 'u-2' });
  });

  it('is none where a claim has another shape than it must, and nobody is asked', async () => {
    const { find, asked } = trusting();
    expect(await find(access({ roles: {} }))).toBe('jwt_claims');
    expect(asked).toEqual([]);
  });

  it.each([
    ['JWT', ['JWT'], true],
    ['at+jwt', ['application/at+JWT'], true],
    ['JWT', ['at+jwt'], false],
    [undefined, ['at+jwt', 'jwt'], false],
    [undefined, ['none'], true],
    ['none', ['none'], false],
  ])('JWT-12 has the typ %j where the settings take %j: %s', async (header, typ, isTaken) => {
    const token = signToken(key, { iss: host.url, ...CLAIMS }, { typ: header });
    const expected = isTaken ? expect.objectContaining(PLAIN) : 'jwt_claims';
    expect(await trusting({ typ }).find(token)).toEqual(expected);
  });
});

describe('an ID token beside an access token', () => {
  it.each(['JWT', undefined])('adds what it says of the user: typ %j', async (typ) => {
    expect(await trusting().find(access(), id({}, { typ }))).toMatchObject({
      ...PLAIN,
      claims: { email: 'ada@example.com', name: 'Ada' },
      amr: ['cd'],
    });
  });

  it('adds nothing to what the access token says itself', async () => {
    const found = await trusting().find(access({ email: 'a@b', amr: ['mfa'] }), id());
    expect(found).toMatchObject({ claims: { email: 'a@b', name: 'Ada' }, amr: ['mfa'] });
  });

  it('adds no right', async () => {
    const more = { scope: 'admin', roles: ['admin'], exp: NOW + 3000, auth_time: NOW };
    const alone = await trusting().find(access());
    expect(await trusting().find(access(), id(more))).toEqual({
      ...Object(alone),
      claims: { email: 'ada@example.com', name: 'Ada' },
      amr: ['cd'],
    });
  });

  it('is for the client to which the access token was issued, where that is said', async () => {
    const { find } = trusting();
    const added = { claims: { name: 'Ada' } };
    expect(await find(access({ azp: 'spa' }), id())).toMatchObject(PLAIN);
    expect(await find(access({ azp: 'spa' }), id({ aud: 'spa' }))).toMatchObject(added);
    expect(await find(access({ client_id: 'spa' }), id({ aud: ['spa', 'x'] }))).toMatchObject(added);
  });

  it.each<[string, () => string]>([
    ['of another subject', () => id({ sub: 'eve' })],
    ['expired', () => id({ exp: NOW })],
    ['without an end', () => id({ exp: undefined })],
    ['for another client', () => id({ aud: ['other'] })],
    ['of another issuer', () => id({ iss: 'https://other.example' })],
    ['signed by somebody else', () => id({}, { typ: 'JWT' }, stranger)],
    ['an access token', () => id({}, { typ: 'at+jwt' })],
    ['no token', () => 'a.b.c'],
  ])('adds nothing where it is %s, and the access token decides', async (_, idToken) => {
    expect(await trusting().find(access(), idToken())).toMatchObject(PLAIN);
  });

  it('never makes up for the access token', async () => {
    const { find } = trusting();
    expect(await find(access({ exp: NOW }), id())).toBe('jwt_expired');
    expect(await find(access({ aud: 'other' }), id())).toBe('jwt_claims');
    expect(await trusting({}, () => true).find(access(), id())).toBe('jwt_denied');
  });

  it('is broken syntax where the settings do not say that it comes', async () => {
    expect(await trusting({ bearerPair: false }).find(access(), id())).toBe('jwt_syntax');
    expect(await trusting({ bearerPair: false }).find(access())).toMatchObject(PLAIN);
  });
});
