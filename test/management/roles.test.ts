import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { declareResource, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let call: Call;
beforeAll(async () => {
  postern = await startInProcess();
  call = await describedCalls(postern.ports);
  await declareResource(postern.ports, { indicator: 'urn:orders', scopes: ['read', 'write'] });
});
afterAll(() => postern.close());

const READ = [{ resource: 'urn:orders', scopes: ['read'] }];

describe('a role', () => {
  it('is made, shown, listed, replaced and deleted', async () => {
    const { status, json } = await call('POST', '/roles/', {
      name: 'reader',
      description: 'Reads',
      access: READ,
    });
    expect(status).toBe(201);
    expect(json).toEqual({ id: expect.any(String), name: 'reader', description: 'Reads', access: READ });
    expect((await call('GET', `/roles/${json.id}`)).json).toEqual(json);
    expect((await call('GET', '/roles')).json.roles).toContainEqual(json);
    const next = await call('PUT', `/roles/${json.id}`, { name: 'auditor' });
    expect([next.status, next.json]).toEqual([
      200,
      { id: json.id, name: 'auditor', description: '', access: [] },
    ]);
    expect((await call('GET', `/roles/${json.id}`)).json).toEqual(next.json);
    expect((await call('DELETE', `/roles/${json.id}`)).status).toBe(204);
    for (const [method, body] of [['GET'], ['PUT', { name: 'x' }], ['DELETE']] as const) {
      expect([method, (await call(method, `/roles/${json.id}`, body)).status]).toEqual([method, 404]);
    }
  });

  it('names an application by its id, as App ID does, and every other resource by its identifier', async () => {
    const { clientId } = await registerApplication(postern.ports);
    await call('PUT', `/applications/${clientId}/scopes`, { scopes: ['own'] });
    const access = [{ application_id: clientId, scopes: ['own'] }, ...READ];
    expect((await call('POST', '/roles', { name: 'both', access })).json.access).toEqual(access);
    const same = [{ resource: clientId, scopes: ['own', 'own'] }];
    const { json } = await call('POST', '/roles', { name: 'same', access: same });
    expect(json.access).toEqual([{ application_id: clientId, scopes: ['own'] }]);
  });

  it('has a name of its own, also after a change, and may keep it', async () => {
    await call('POST', '/roles', { name: 'one' });
    const two = (await call('POST', '/roles', { name: 'two' })).json;
    expect((await call('POST', '/roles', { name: 'one' })).status).toBe(422);
    const renamed = await call('PUT', `/roles/${two.id}`, { name: 'one' });
    expect([renamed.status, renamed.json.detail]).toEqual([422, expect.stringContaining('"one"')]);
    expect((await call('GET', `/roles/${two.id}`)).json).toEqual(two);
    expect((await call('PUT', `/roles/${two.id}`, { name: 'two', access: READ })).status).toBe(200);
  });

  it.each([
    ['no name', { name: undefined }],
    ['an empty name', { name: '' }],
    ['a resource that there is not', { access: [{ resource: 'urn:none', scopes: [] }] }],
    ['an application that there is not', { access: [{ application_id: 'nobody', scopes: [] }] }],
    ['a scope that there is not', { access: [{ resource: 'urn:orders', scopes: ['delete'] }] }],
    ['a resource twice', { access: [...READ, ...READ] }],
    ['access to nothing', { access: [{ scopes: [] }] }],
    ['both names of a resource', { access: [{ application_id: 'a', resource: 'urn:orders', scopes: [] }] }],
    ['an unknown member of its access', { access: [{ resource: 'urn:orders', scopes: [], all: true }] }],
    ['an id of its own', { id: 'x' }],
  ])('with %s is refused with 400, made or replaced', async (_, body) => {
    const { id } = (await call('POST', '/roles', { name: crypto.randomUUID() })).json;
    const before = (await call('GET', '/roles')).body;
    expect((await call('POST', '/roles', { name: crypto.randomUUID(), ...body })).status).toBe(400);
    expect((await call('PUT', `/roles/${id}`, { name: crypto.randomUUID(), ...body })).status).toBe(400);
    expect((await call('GET', '/roles')).body).toBe(before);
  });
});
