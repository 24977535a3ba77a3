import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import {
  askIssuer,
  decisionOn,
  declareResource,
  getToken,
  grant,
  type Registered,
  registerApplication,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const ORDERS = 'urn:orders';

let postern: InProcess;
let call: Call;
let resource: string;
let client: Registered;
beforeEach(async () => {
  await postern?.close();
  postern = await startInProcess({
    policies: {
      default: {},
      read: { audience: ORDERS, scope: ['read'] },
      write: { audience: ORDERS, scope: ['write'] },
      staff: { roles: ['staff'] },
    },
  });
  call = await describedCalls(postern.ports);
  resource = await declareResource(postern.ports, { indicator: ORDERS, scopes: ['read', 'write'] });
  client = await registerApplication(postern.ports);
});
afterAll(() => postern.close());

const grantsOf = async ({ clientId }: Registered) =>
  (await call('GET', `/applications/${clientId}/grants`)).json.grants;
const makeRole = async (scopes: readonly string[]) => {
  const access = [{ resource: ORDERS, scopes }];
  const { id } = (await call('POST', '/roles', { name: 'staff', access })).json;
  await call('PUT', `/applications/${client.clientId}/roles`, { roles: { ids: [id] } });
  return `/roles/${id}`;
};
const tokenFor = () => getToken(postern.ports, client, { resource: ORDERS });
const decisions = (token: string, ...policies: readonly string[]) =>
  Promise.all(policies.map((policy) => decisionOn(postern.ports, token, policy)));

describe('what is deleted is lost by all who had it, live tokens with their next decision', () => {
  it('a scope', async () => {
    const role = await makeRole(['read']);
    await grant(postern.ports, client, ORDERS, ['read', 'write']);
    const token = await tokenFor();
    expect(await decisions(token, 'read', 'write')).toEqual([200, 200]);
    await call('DELETE', `/resources/${resource}/scopes/read`);
    expect(await decisions(token, 'read', 'write')).toEqual([403, 200]);
    expect(await grantsOf(client)).toEqual([{ resource: ORDERS, scopes: ['write'] }]);
    expect((await call('GET', role)).json.access).toEqual([{ resource: ORDERS, scopes: [] }]);
  });

  it('a scope that is declared again is not given back', async () => {
    await grant(postern.ports, client, ORDERS, ['read']);
    const token = await tokenFor();
    await call('DELETE', `/resources/${resource}/scopes/read`);
    await call('POST', `/resources/${resource}/scopes`, { name: 'read' });
    expect(await decisions(token, 'read')).toEqual([403]);
  });

  it('a role', async () => {
    const role = await makeRole(['read']);
    const token = await tokenFor();
    expect(await decisions(token, 'read', 'staff')).toEqual([200, 200]);
    await call('DELETE', role);
    expect(await decisions(token, 'read', 'staff', 'default')).toEqual([403, 403, 200]);
    expect((await call('GET', `/applications/${client.clientId}/roles`)).json.roles).toEqual([]);
  });

  it('what a role gave, where it is replaced', async () => {
    const role = await makeRole(['read', 'write']);
    const token = await tokenFor();
    await call('PUT', role, { name: 'staff', access: [{ resource: ORDERS, scopes: ['write'] }] });
    expect(await decisions(token, 'read', 'write', 'staff')).toEqual([403, 200, 200]);
    await call('PUT', role, { name: 'others' });
    expect(await decisions(token, 'write', 'staff')).toEqual([403, 403]);
  });

  it('a role that is taken from one application, and not from another', async () => {
    await makeRole(['read']);
    const other = await registerApplication(postern.ports);
    const { roles } = (await call('GET', `/applications/${client.clientId}/roles`)).json;
    const ids = roles.map(({ id }: { id: string }) => id);
    await call('PUT', `/applications/${other.clientId}/roles`, { roles: { ids } });
    const [mine, theirs] = [await tokenFor(), await getToken(postern.ports, other, { resource: ORDERS })];
    await call('PUT', `/applications/${client.clientId}/roles`, { roles: { ids: [] } });
    expect(await decisions(mine, 'read', 'staff')).toEqual([403, 403]);
    expect(await decisions(theirs, 'read', 'staff')).toEqual([200, 200]);
  });

  it('a grant, where it is replaced', async () => {
    await grant(postern.ports, client, ORDERS, ['read', 'write']);
    const token = await tokenFor();
    await grant(postern.ports, client, ORDERS, ['write']);
    expect(await decisions(token, 'read', 'write')).toEqual([403, 200]);
  });

  it('a resource, and its tokens die', async () => {
    const role = await makeRole(['read']);
    await grant(postern.ports, client, ORDERS, ['write']);
    const token = await tokenFor();
    await call('DELETE', `/resources/${resource}`);
    expect(await decisions(token, 'default', 'read')).toEqual([401, 401]);
    expect(await grantsOf(client)).toEqual([]);
    expect((await call('GET', role)).json.access).toEqual([]);
    await expect(tokenFor()).rejects.toThrow('invalid_target');
  });

  it('a resource that is closed, and is open again', async () => {
    const token = await tokenFor();
    expect(await decisions(token, 'default')).toEqual([200]);
    await call('PATCH', `/resources/${resource}`, { restricted: true });
    expect(await decisions(token, 'default')).toEqual([401]);
    await grant(postern.ports, client, ORDERS, ['read']);
    expect(await decisions(token, 'default', 'read')).toEqual([200, 403]);
  });

  it('an application: what it offered, and its place among the introspectors', async () => {
    const offering = await registerApplication(postern.ports);
    const { clientId } = offering;
    await call('PUT', `/applications/${clientId}/scopes`, { scopes: ['own'] });
    await call('PATCH', `/resources/${resource}`, { introspectors: [clientId, client.clientId] });
    const access = [{ application_id: clientId, scopes: ['own'] }];
    const role = (await call('POST', '/roles', { name: 'owners', access })).json;
    await grant(postern.ports, client, clientId, ['own']);
    const token = await getToken(postern.ports, client, { resource: clientId });
    expect(await decisions(token, 'default')).toEqual([200]);
    await call('DELETE', `/applications/${clientId}`);
    expect(await decisions(token, 'default')).toEqual([401]);
    expect(await grantsOf(client)).toEqual([]);
    expect((await call('GET', `/roles/${role.id}`)).json.access).toEqual([]);
    expect((await call('GET', `/resources/${resource}`)).json.introspectors).toEqual([client.clientId]);
  });

  it('a scope that an application offers no more', async () => {
    const { clientId } = await registerApplication(postern.ports);
    await call('PUT', `/applications/${clientId}/scopes`, { scopes: ['a', 'b'] });
    await grant(postern.ports, client, clientId, ['a', 'b']);
    await call('PUT', `/applications/${clientId}/scopes`, { scopes: ['b', 'c'] });
    expect(await grantsOf(client)).toEqual([{ resource: clientId, scopes: ['b'] }]);
  });

  it('an introspector', async () => {
    const asking = await registerApplication(postern.ports);
    const token = await tokenFor();
    const isActive = async () =>
      JSON.parse((await askIssuer(postern.ports, 'introspect', asking, { token })).body).active;
    await call('PATCH', `/resources/${resource}`, { introspectors: [asking.clientId] });
    expect(await isActive()).toBe(true);
    await call('PATCH', `/resources/${resource}`, { introspectors: [] });
    expect(await isActive()).toBe(false);
  });
});
