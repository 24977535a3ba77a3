import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { declareResource, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const ORDERS = 'https://api.example.com/orders';

let postern: InProcess;
let call: Call;
beforeAll(async () => {
  postern = await startInProcess();
  call = await describedCalls(postern.ports);
  await declareResource(postern.ports, { indicator: ORDERS, scopes: ['read', 'write'] });
  await declareResource(postern.ports, { indicator: 'urn:other', scopes: ['read'] });
});
afterAll(() => postern.close());

const application = async () => `/applications/${(await registerApplication(postern.ports)).clientId}`;
const role = async (name: string) => (await call('POST', '/roles', { name })).json.id;

describe('the scopes that an application offers', () => {
  it('are replaced whole, each of them once', async () => {
    const path = `${await application()}/scopes`;
    expect((await call('GET', path)).json).toEqual({ scopes: [] });
    expect((await call('PUT', path, { scopes: ['a', 'b', 'a'] })).json).toEqual({ scopes: ['a', 'b'] });
    expect((await call('PUT', path, { scopes: ['c'] })).json).toEqual({ scopes: ['c'] });
    expect((await call('GET', path)).json).toEqual({ scopes: ['c'] });
  });

  it('can be granted by its client id, and are no resource of the list', async () => {
    const offering = await application();
    const clientId = offering.replace('/applications/', '');
    await call('PUT', `${offering}/scopes`, { scopes: ['a'] });
    const grants = [{ resource: clientId, scopes: ['a'] }];
    const path = `${await application()}/grants`;
    expect((await call('PUT', path, { grants })).json).toEqual({ grants });
    expect((await call('GET', '/resources')).body).not.toContain(clientId);
    expect((await call('GET', `/resources/${clientId}`)).status).toBe(404);
  });

  it.each([['a b'], ['a"b'], [''], ['é'], ['appid_default']])(
    'are scope tokens that give something: %j',
    async (name) => {
      expect((await call('PUT', `${await application()}/scopes`, { scopes: [name] })).status).toBe(400);
    },
  );
});

describe('the grants of an application', () => {
  it('are replaced whole', async () => {
    const path = `${await application()}/grants`;
    expect((await call('GET', path)).json).toEqual({ grants: [] });
    const grants = [
      { resource: ORDERS, scopes: ['read', 'write'] },
      { resource: 'urn:other', scopes: [] },
    ];
    expect((await call('PUT', path, { grants })).json).toEqual({ grants });
    expect((await call('PUT', path, { grants: grants.slice(1) })).json).toEqual({ grants: grants.slice(1) });
    expect((await call('GET', path)).json).toEqual({ grants: grants.slice(1) });
  });

  it.each([
    ['a resource that there is not', [{ resource: 'urn:none', scopes: [] }], 'urn:none'],
    ['another spelling of one', [{ resource: `${ORDERS}/`, scopes: [] }], `${ORDERS}/`],
    ['a scope of another resource', [{ resource: 'urn:other', scopes: ['write'] }], 'write'],
    [
      'a resource twice',
      [
        { resource: ORDERS, scopes: [] },
        { resource: ORDERS, scopes: [] },
      ],
      'twice',
    ],
    ['the name of an object', [{ resource: '__proto__', scopes: [] }], '__proto__'],
    ['an unknown member', [{ resource: ORDERS, scopes: [], all: true }], 'all'],
  ])('refuses %s with 400, says which, and changes nothing', async (_, grants, said) => {
    const path = `${await application()}/grants`;
    await call('PUT', path, { grants: [{ resource: ORDERS, scopes: ['read'] }] });
    const reply = await call('PUT', path, { grants });
    expect([reply.status, reply.body]).toEqual([400, expect.stringContaining(said)]);
    expect((await call('GET', path)).json.grants).toEqual([{ resource: ORDERS, scopes: ['read'] }]);
  });
});

describe('the roles of an application', () => {
  it('are replaced whole, and come back with their names', async () => {
    const path = `${await application()}/roles`;
    const [reader, writer] = [await role('reader'), await role('writer')];
    expect((await call('GET', path)).json).toEqual({ roles: [] });
    const both = await call('PUT', path, { roles: { ids: [reader, writer, reader] } });
    expect(both.json).toEqual({
      roles: [
        { id: reader, name: 'reader' },
        { id: writer, name: 'writer' },
      ],
    });
    await call('PUT', path, { roles: { ids: [writer] } });
    expect((await call('GET', path)).json).toEqual({ roles: [{ id: writer, name: 'writer' }] });
  });

  it('a role that there is not is refused by its id, and nothing is changed', async () => {
    const path = `${await application()}/roles`;
    const id = await role('kept');
    await call('PUT', path, { roles: { ids: [id] } });
    const reply = await call('PUT', path, { roles: { ids: [id, 'kept'] } });
    expect([reply.status, reply.json.detail]).toEqual([400, 'There is no role with the id "kept".']);
    expect((await call('GET', path)).json.roles).toHaveLength(1);
  });
});
