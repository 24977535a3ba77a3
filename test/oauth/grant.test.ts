import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  basicOf,
  declareResource,
  decodeToken,
  grant,
  present,
  type Registered,
  refusalOf,
  registerApplication,
  succeed,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const ORDERS = 'https://api.example.com/orders';

let postern: InProcess;
let client: Registered;
beforeAll(async () => {
  const options = { signingAlg: 'ES256' } as const;
  postern = await startInProcess({
    tenants: {
      default: options,
      strict: { ...options, strictScope: true },
      naming: { ...options, withoutResource: 'refuse' },
    },
  });
  client = await registerApplication(postern.ports);
  await declareResource(postern.ports, { indicator: ORDERS, scopes: ['read', 'write', 'delete'] });
  await grant(postern.ports, client, ORDERS, ['write', 'read']);
});
afterAll(() => postern.close());

const ask = (form: Record<string, string>, by = client, tenant = 'default') =>
  present(postern.ports, { basic: basicOf(by), form: { grant_type: 'client_credentials', ...form }, tenant });
const scopeOf = async (scope: string) => (await ask({ resource: ORDERS, scope })).json.scope;
const audienceOf = async (reply: ReturnType<typeof ask>) =>
  decodeToken((await reply).json.access_token).claims.aud;

describe('TOK-06 the scope that is given', () => {
  it.each([
    ['nothing', '', 'read write'],
    ['a part', 'read', 'read'],
    ['all', 'read write', 'read write'],
    ['all, the other way round', 'write read', 'read write'],
    ['the same twice', 'read read', 'read'],
    ['what is declared and not granted', 'read delete', 'read'],
    ['what is declared nowhere', 'admin read', 'read'],
    ['nothing that is granted', 'delete admin', ''],
    ['another spelling', 'READ', ''],
    ['the name of a member of every object', '__proto__ constructor', ''],
    ['the default scope of another profile', 'appid_default', ''],
    ['the scope of the management API', 'all', ''],
  ])('is never more than is granted, asked for %s', async (_, asked, given) => {
    const { status, json } = await ask({ resource: ORDERS, scope: asked });
    expect([status, json.scope]).toEqual([200, given]);
    expect(decodeToken(json.access_token).claims.scope).toBe(given);
  });

  it('is the same among thousands', async () => {
    const many = Array.from({ length: 4_000 }, (_, index) => index.toString(36)).join(' ');
    expect(await scopeOf(`${many} write`)).toBe('write');
    expect(await refusalOf(ask({ scope: `${many} ${many}` }))).toEqual([413, 'invalid_request']);
  });

  it.each([
    'read  write',
    ' read',
    'read ',
    ' ',
    'read\twrite',
    'read\r\nX-Evil: 1',
    'rea"d',
    'rea\\d',
    'réad',
    'read\u00a0write',
  ])('is none where %j was asked for', async (scope) => {
    expect(await refusalOf(ask({ resource: ORDERS, scope }))).toEqual([400, 'invalid_scope']);
  });

  it('is all or an error where the tenant is strict', async () => {
    const strict = await registerApplication(postern.ports, {}, 'strict');
    await declareResource(postern.ports, { indicator: ORDERS, scopes: ['read', 'write'] }, 'strict');
    await grant(postern.ports, strict, ORDERS, ['read'], 'strict');
    const asked = (scope: string) => ask({ resource: ORDERS, scope }, strict, 'strict');
    expect(await refusalOf(asked('read write'))).toEqual([400, 'invalid_scope']);
    expect((await asked('read')).json.scope).toBe('read');
    expect((await asked('')).json.scope).toBe('read');
  });

  it('comes from roles too, and the roles pass on to the decision', async () => {
    const member = await registerApplication(postern.ports);
    const access = [{ resource: ORDERS, scopes: ['delete'] }];
    const { id } = await succeed(postern.ports, 'POST', '/default/roles', { name: 'deleter', access });
    await succeed(postern.ports, 'PUT', `/default/applications/${member.clientId}/roles`, {
      roles: { ids: [id] },
    });
    expect((await ask({ resource: ORDERS }, member)).json.scope).toBe('delete');
  });

  it('is never one of another resource', async () => {
    await declareResource(postern.ports, { indicator: 'urn:other', scopes: ['read', 'other'] });
    expect((await ask({ resource: 'urn:other' })).json.scope).toBe('');
    expect((await ask({ resource: 'urn:other', scope: 'read' })).json.scope).toBe('');
  });

  it('is less than proxies refuse in a header', async () => {
    const scopes = Array.from({ length: 20 }, (_, index) => String(index).padEnd(200, 'x'));
    await declareResource(postern.ports, { indicator: 'urn:wide', scopes });
    await grant(postern.ports, client, 'urn:wide', scopes);
    expect(await refusalOf(ask({ resource: 'urn:wide' }))).toEqual([400, 'invalid_scope']);
    const some = scopes.slice(0, 5).join(' ');
    expect((await ask({ resource: 'urn:wide', scope: some })).json.scope).toBe(some);
  });
});

describe('TOK-07 the resource that a token is for', () => {
  it('is named by resource or by audience, or by both alike', async () => {
    expect(await audienceOf(ask({ resource: ORDERS }))).toBe(ORDERS);
    expect(await audienceOf(ask({ audience: ORDERS }))).toBe(ORDERS);
    expect(await audienceOf(ask({ audience: ORDERS, resource: ORDERS }))).toBe(ORDERS);
  });

  it('is what an application offers itself, to the scopes that it offers', async () => {
    const api = await registerApplication(postern.ports);
    await succeed(postern.ports, 'PUT', `/default/applications/${api.clientId}/scopes`, {
      scopes: ['own:a', 'own:b'],
    });
    expect((await ask({ audience: api.clientId })).json.scope).toBe('');
    const caller = await registerApplication(postern.ports);
    await grant(postern.ports, caller, api.clientId, ['own:b']);
    const reply = ask({ audience: api.clientId }, caller);
    expect((await reply).json.scope).toBe('own:b');
    expect(await audienceOf(reply)).toBe(api.clientId);
  });

  it.each<[string, Record<string, string>]>([
    ['is declared nowhere', { resource: 'https://api.example.com/unknown' }],
    ['is declared nowhere, as an audience', { audience: 'unknown' }],
    ['is spelled with a slash more', { resource: `${ORDERS}/` }],
    ['is spelled in capitals', { resource: ORDERS.toUpperCase() }],
    ['is two', { resource: ORDERS, audience: 'urn:other' }],
    ['is a list', { resource: `${ORDERS} urn:other` }],
    ['is a member of every object', { resource: '__proto__' }],
  ])('%s: invalid_target', async (_, form) => {
    expect(await refusalOf(ask(form))).toEqual([400, 'invalid_target']);
  });

  it.each(['resource', 'audience'])('a repeated %s is invalid_target, in JSON too', async (name) => {
    const form = `grant_type=client_credentials&${name}=${ORDERS}&${name}=${ORDERS}`;
    const json = { grant_type: 'client_credentials', [name]: [ORDERS, ORDERS] };
    const basic = basicOf(client);
    expect(await refusalOf(present(postern.ports, { basic, form }))).toEqual([400, 'invalid_target']);
    expect(await refusalOf(present(postern.ports, { basic, json }))).toEqual([400, 'invalid_target']);
  });

  it('is for everybody, or where it is restricted for those who were given something of it', async () => {
    await declareResource(postern.ports, { indicator: 'urn:closed', restricted: true, scopes: ['in'] });
    const stranger = await registerApplication(postern.ports);
    expect((await ask({ resource: ORDERS }, stranger)).json.scope).toBe('');
    expect(await refusalOf(ask({ resource: 'urn:closed' }, stranger))).toEqual([400, 'invalid_target']);
    await grant(postern.ports, stranger, 'urn:closed', []);
    expect((await ask({ resource: 'urn:closed' }, stranger)).json.scope).toBe('');
    await grant(postern.ports, stranger, 'urn:closed', ['in']);
    expect((await ask({ resource: 'urn:closed' }, stranger)).json.scope).toBe('in');
  });

  it('is not the management API for whoever was not given it', async () => {
    const managementUrl = `http://127.0.0.1:${postern.ports.public}/management/v4/default`;
    expect(await refusalOf(ask({ resource: managementUrl }))).toEqual([400, 'invalid_target']);
    const manager = await registerApplication(postern.ports);
    await grant(postern.ports, manager, managementUrl, ['all']);
    expect((await ask({ resource: managementUrl }, manager)).json.scope).toBe('all');
  });
});

describe('a request that names no resource', () => {
  it('gets a token for the client itself', async () => {
    expect(await audienceOf(ask({}))).toBe(client.clientId);
    expect(await audienceOf(ask({ resource: '', audience: '' }))).toBe(client.clientId);
  });

  it('is refused where the tenant wants one named', async () => {
    const member = await registerApplication(postern.ports, {}, 'naming');
    expect(await refusalOf(ask({}, member, 'naming'))).toEqual([400, 'invalid_target']);
    expect((await ask({ audience: member.clientId }, member, 'naming')).status).toBe(200);
  });

  it("gets one for the tenant's default resource, which is one at a time", async () => {
    const member = await registerApplication(postern.ports, {}, 'naming');
    const first = await declareResource(postern.ports, { indicator: 'urn:first', isDefault: true }, 'naming');
    expect(await audienceOf(ask({}, member, 'naming'))).toBe('urn:first');
    await declareResource(postern.ports, { indicator: 'urn:second', isDefault: true }, 'naming');
    expect(await audienceOf(ask({}, member, 'naming'))).toBe('urn:second');
    await succeed(postern.ports, 'PATCH', `/naming/resources/${first}`, { isDefault: true });
    expect(await audienceOf(ask({}, member, 'naming'))).toBe('urn:first');
    await succeed(postern.ports, 'DELETE', `/naming/resources/${first}`);
    expect(await refusalOf(ask({}, member, 'naming'))).toEqual([400, 'invalid_target']);
  });
});
