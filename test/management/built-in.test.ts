import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { send } from '../support/http.ts';
import { askIssuer, getToken, grant, type Registered, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const URL_OF = (tenant: string) => `https://auth.example.com/management/v4/${tenant}`;

let postern: InProcess;
let call: Call;
beforeAll(async () => {
  postern = await startInProcess({
    publicUrl: 'https://auth.example.com',
    tenants: { default: {}, acme: {} },
  });
  call = await describedCalls(postern.ports);
});
afterAll(() => postern.close());

/** The status of a call with an access token. */
const callAs = async (token: string, method: string, path: string, body?: object) => {
  const headers = ['Authorization', `Bearer ${token}`, 'Content-Type', 'application/json'];
  const text = body && { body: JSON.stringify(body) };
  return (await send(postern.ports.admin, { method, path: `/management/v4${path}`, headers, ...text }))
    .status;
};
const manager = async (scopes: readonly string[] = ['all']) => {
  const client = await registerApplication(postern.ports);
  await grant(postern.ports, client, URL_OF('default'), scopes);
  return client;
};
const tokenOf = (client: Registered) => getToken(postern.ports, client, { resource: URL_OF('default') });

describe("the resource of a tenant's own management API", () => {
  it('is there in every tenant, under its own identifier', async () => {
    for (const tenant of ['default', 'acme']) {
      const [builtIn] = (await (await describedCalls(postern.ports, tenant))('GET', '/resources')).json
        .resources;
      expect(builtIn).toMatchObject({ id: 'management-api', indicator: URL_OF(tenant), restricted: true });
      expect(builtIn.scopes.map(({ name }: { name: string }) => name)).toEqual(['all']);
    }
  });

  it.each([
    ['PATCH', '', { restricted: false }],
    ['PATCH', '', {}],
    ['DELETE', '', undefined],
    ['POST', '/scopes', { name: 'more' }],
    ['DELETE', '/scopes/all', undefined],
    ['DELETE', '/scopes/nothing', undefined],
  ])('is neither changed nor deleted: %s%s', async (method, path, body) => {
    const before = (await call('GET', '/resources/management-api')).json;
    expect((await call(method, `/resources/management-api${path}`, body)).status).toBe(409);
    expect((await call('GET', '/resources/management-api')).json).toEqual(before);
  });

  it('is declared by nobody else', async () => {
    const body = { name: 'mine', indicator: URL_OF('default') };
    expect((await call('POST', '/resources', body)).status).toBe(422);
  });
});

describe('an application with the scope "all"', () => {
  it('manages its tenant under its client id, and no other tenant', async () => {
    const client = await manager();
    const token = await tokenOf(client);
    expect(await callAs(token, 'GET', '/default/applications')).toBe(200);
    expect(await callAs(token, 'POST', '/default/roles', { name: client.clientId })).toBe(201);
    const [newest] = (await call('GET', '/audit?limit=1')).json.entries;
    expect(newest).toMatchObject({ actor: client.clientId, action: 'role.create' });
    for (const path of ['/acme/applications', '/nobody/applications', '/default/../acme/applications']) {
      expect([path, await callAs(token, 'GET', path)]).toEqual([path, 401]);
    }
  });

  it('manages it also by a role', async () => {
    const client = await registerApplication(postern.ports);
    const access = [{ resource: URL_OF('default'), scopes: ['all'] }];
    const { id } = (await call('POST', '/roles', { name: 'manager', access })).json;
    await call('PUT', `/applications/${client.clientId}/roles`, { roles: { ids: [id] } });
    const token = await tokenOf(client);
    expect(await callAs(token, 'GET', '/default/keys')).toBe(200);
    await call('DELETE', `/roles/${id}`);
    expect(await callAs(token, 'GET', '/default/keys')).toBe(401);
  });

  it.each<[string, (client: Registered) => Promise<unknown>]>([
    [
      'its grant is removed',
      ({ clientId }) => call('PUT', `/applications/${clientId}/grants`, { grants: [] }),
    ],
    ['it is disabled', ({ clientId }) => call('PUT', `/applications/${clientId}`, { enabled: false })],
    ['it is deleted', ({ clientId }) => call('DELETE', `/applications/${clientId}`)],
    ['its secret is deleted', ({ clientId }) => call('DELETE', `/applications/${clientId}/secrets/default`)],
  ])('loses it at once where %s', async (_, take) => {
    const client = await manager();
    const token = await tokenOf(client);
    expect(await callAs(token, 'GET', '/default/applications')).toBe(200);
    await take(client);
    expect(await callAs(token, 'GET', '/default/applications')).toBe(401);
  });

  it('loses it with its own last call, and when its token is revoked or over', async () => {
    const [first, second, third] = [await manager(), await manager(), await manager()];
    const own = await tokenOf(first);
    expect(await callAs(own, 'DELETE', `/default/applications/${first.clientId}`)).toBe(204);
    expect(await callAs(own, 'GET', '/default/applications')).toBe(401);
    const [revoked, over] = [await tokenOf(second), await tokenOf(third)];
    await askIssuer(postern.ports, 'revoke', second, { token: revoked });
    expect(await callAs(revoked, 'GET', '/default/applications')).toBe(401);
    expect(await callAs(over, 'GET', '/default/applications')).toBe(200);
    postern.advance(3_700);
    expect(await callAs(over, 'GET', '/default/applications')).toBe(401);
  });
});

describe('an application without it', () => {
  it('is refused, with a token of the resource but not the scope', async () => {
    const token = await tokenOf(await manager([]));
    expect(await callAs(token, 'GET', '/default/applications')).toBe(401);
  });

  it('gets no token of the resource where it was given nothing', async () => {
    await expect(tokenOf(await registerApplication(postern.ports))).rejects.toThrow('invalid_target');
  });

  it('is refused with a token for another resource that has a scope of the same name', async () => {
    const client = await manager();
    await call('PUT', `/applications/${client.clientId}/scopes`, { scopes: ['all'] });
    await call('PUT', `/applications/${client.clientId}/grants`, {
      grants: [
        { resource: client.clientId, scopes: ['all'] },
        { resource: URL_OF('default'), scopes: ['all'] },
      ],
    });
    const token = await getToken(postern.ports, client, { resource: client.clientId });
    expect(await callAs(token, 'GET', '/default/applications')).toBe(401);
    expect(await callAs(await tokenOf(client), 'GET', '/default/applications')).toBe(200);
  });

  it('is told by whom it is let in', async () => {
    const reply = await send(postern.ports.admin, { path: '/management/v4/default/applications' });
    expect(JSON.parse(reply.body).detail).toMatch(/admin token.*access token.*"all"/);
  });
});
