import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manage, send } from '../support/http.ts';
import {
  decide,
  decisionOn,
  declareResource,
  decodeToken,
  getToken,
  grant,
  type Registered,
  registerApplication,
  succeed,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({
    tenants: { default: { signingAlg: 'ES256' }, keys: { signingAlg: 'ES256' } },
    policies: {
      default: {},
      reading: { scope: ['read'] },
      staff: { roles: ['staff'] },
      keys: { tenant: 'keys' },
    },
  });
});
afterAll(() => postern.close());

/** Each test has an application, a resource and a role of its own, and a token that may do all there is. */
let client: Registered;
let indicator: string;
let resourceId: string;
let roleId: string;
let token: string;
const call = (method: string, path: string, body?: unknown) =>
  succeed(postern.ports, method, `/default${path}`, body);
const statuses = async (text = token) => [
  await decisionOn(postern.ports, text),
  await decisionOn(postern.ports, text, 'reading'),
  await decisionOn(postern.ports, text, 'staff'),
];
beforeEach(async () => {
  client = await registerApplication(postern.ports);
  indicator = `urn:uuid:${crypto.randomUUID()}`;
  resourceId = await declareResource(postern.ports, { indicator, scopes: ['read', 'write'] });
  await grant(postern.ports, client, indicator, ['read', 'write']);
  for (const { id, name } of (await call('GET', '/roles')).roles) {
    if (name === 'staff') await call('DELETE', `/roles/${id}`);
  }
  ({ id: roleId } = await call('POST', '/roles', { name: 'staff' }));
  await call('PUT', `/applications/${client.clientId}/roles`, { roles: { ids: [roleId] } });
  token = await getToken(postern.ports, client, { resource: indicator });
  expect(await statuses()).toEqual([200, 200, 200]);
});

const DEAD = [401, 401, 401];

it('an access token is not rotated as a session is: it would become a cookie with other claims', async () => {
  const path = `/default/sessions/${decodeToken(token).claims.jti}/rotate`;
  const claims = { email: 'ada@example.com' };
  expect((await manage(postern.ports.admin, 'POST', path, { claims })).status).toBe(404);
  expect(await statuses()).toEqual([200, 200, 200]);
});

describe('JWT-19 at the next decision a token is dead', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['whose jti was revoked', () => call('DELETE', `/sessions/${decodeToken(token).claims.jti}`)],
    ['whose subject was revoked', () => call('DELETE', `/sessions?subject=${client.clientId}`)],
    [
      'whose application was disabled',
      () => call('PUT', `/applications/${client.clientId}`, { enabled: false }),
    ],
    ['whose application was deleted', () => call('DELETE', `/applications/${client.clientId}`)],
    ['whose resource was deleted', () => call('DELETE', `/resources/${resourceId}`)],
  ])('%s', async (_, act) => {
    await act();
    expect(await statuses()).toEqual(DEAD);
  });

  it('whose resource was closed to its application', async () => {
    await call('PATCH', `/resources/${resourceId}`, { restricted: true });
    expect(await statuses()).toEqual([200, 200, 200]);
    await call('PUT', `/applications/${client.clientId}/grants`, { grants: [] });
    expect(await statuses()).toEqual(DEAD);
  });

  it('whose subject was revoked, and not those that are given after it', async () => {
    await call('DELETE', `/sessions?subject=${client.clientId}`);
    const next = await getToken(postern.ports, client, { resource: indicator });
    expect(await statuses(next)).toEqual([200, 200, 200]);
    expect(await statuses()).toEqual(DEAD);
  });

  it('and what others hold lives on', async () => {
    const other = await getToken(postern.ports, await registerApplication(postern.ports));
    await call('DELETE', `/applications/${client.clientId}`);
    expect(await decisionOn(postern.ports, other)).toBe(200);
  });
});

describe('JWT-19 at the next decision a token is good for less', () => {
  it.each<[string, () => Promise<unknown>, readonly number[]]>([
    [
      'where a scope is deleted',
      () => call('DELETE', `/resources/${resourceId}/scopes/read`),
      [200, 403, 200],
    ],
    ['where a grant is gone', () => grant(postern.ports, client, indicator, ['write']), [200, 403, 200]],
    ['where a role is deleted', () => call('DELETE', `/roles/${roleId}`), [200, 200, 403]],
    [
      'where a role is taken away',
      () => call('PUT', `/applications/${client.clientId}/roles`, { roles: { ids: [] } }),
      [200, 200, 403],
    ],
    [
      'where a role has another name',
      () => call('PUT', `/roles/${roleId}`, { name: `formerly-${roleId}`, description: '', access: [] }),
      [200, 200, 403],
    ],
  ])('%s', async (_, act, left) => {
    await act();
    expect(await statuses()).toEqual(left);
  });

  it('and never for more: what is granted later is for tokens that are asked for later', async () => {
    const narrow = await getToken(postern.ports, client, { resource: indicator, scope: 'write' });
    await grant(postern.ports, client, indicator, ['read', 'write']);
    expect((await decide(postern.ports, narrow)).headers['x-auth-scope']).toBe('write');
  });

  it('and a scope that is declared anew is the old one only for whom it is granted to anew', async () => {
    await call('DELETE', `/resources/${resourceId}/scopes/read`);
    await call('POST', `/resources/${resourceId}/scopes`, { name: 'read' });
    expect(await statuses()).toEqual([200, 403, 200]);
  });
});

describe('TOK-17 the keys that sign', () => {
  const keys = (method: string, path: string, body?: unknown) =>
    succeed(postern.ports, method, `/keys/keys${path}`, body);
  const published = async () =>
    JSON.parse((await send(postern.ports.public, { path: '/oauth/v4/keys/publickeys' })).body);

  it('rotate, and what the old one signed is good until its end; a deleted one takes its tokens with it', async () => {
    const member = await registerApplication(postern.ports, {}, 'keys');
    const old = await getToken(postern.ports, member, {}, 'keys');
    const { kid } = decodeToken(old).header;
    const next = (await published()).keys.find((key: { kid: string }) => key.kid !== kid).kid;
    await keys('POST', '/rotate', { force: true });
    const fresh = await getToken(postern.ports, member, {}, 'keys');
    expect(decodeToken(fresh).header.kid).toBe(next);
    const set = await published();
    expect(set.keys).toHaveLength(3);
    for (const token of [old, fresh]) {
      expect(await decisionOn(postern.ports, token, 'keys')).toBe(200);
      await expect(jwtVerify(token, createLocalJWKSet(set))).resolves.toBeDefined();
    }
    await keys('DELETE', `/${kid}`);
    expect(await decisionOn(postern.ports, old, 'keys')).toBe(401);
    expect(await decisionOn(postern.ports, fresh, 'keys')).toBe(200);
    expect((await published()).keys.map((key: { kid: string }) => key.kid)).not.toContain(kid);
  });

  it('are published by their public members alone', async () => {
    for (const key of (await published()).keys) {
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });
});
