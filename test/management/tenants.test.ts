import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { createSession } from '../support/http.ts';
import { declareResource, getToken, type Registered, registerApplication } from '../support/issuer.ts';
import { composeManagement } from '../support/management.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const management = composeManagement();
const named = management.routes.filter(({ path }) => path.includes('{'));

let postern: InProcess;
let mine: Call;
let theirs: Call;
let ids: { readonly [parameter: string]: string };
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: {}, acme: {} } });
  mine = await describedCalls(postern.ports);
  theirs = await describedCalls(postern.ports, 'acme');
  ids = await declareEverything();
});
afterAll(async () => {
  await postern.close();
  await management.close();
});

/** One of everything that has an id, in the tenant acme, by the first segment of its paths. */
async function declareEverything() {
  const client: Registered = await registerApplication(postern.ports, {}, 'acme');
  const resources = await declareResource(postern.ports, { indicator: 'urn:a', scopes: ['a'] }, 'acme');
  const roles = (await theirs('POST', '/roles', { name: 'a' })).json.id;
  await getToken(postern.ports, client, {}, 'acme');
  await theirs('POST', '/keys/rotate', { force: true });
  const { keys } = (await theirs('GET', '/keys')).json;
  const { kid } = keys.find(({ state }: { state: string }) => state === 'previous');
  const sessions = (await createSession(postern.ports.admin, { subject: 'ada' }, 'acme')).id;
  return { applications: client.clientId, resources, roles, keys: kid, sessions };
}

const BODIES: { readonly [operation: string]: object } = {
  setApplicationScopes: { scopes: [] },
  setApplicationGrants: { grants: [] },
  setApplicationRoles: { roles: { ids: [] } },
  addSecret: { name: 'x' },
  replaceRole: { name: 'x' },
  addScope: { name: 'x' },
};

describe('ADM-10 an id of another tenant is as one that there is not', () => {
  it.each(named.map(({ method, path, operation }) => [method, path, operation] as const))(
    '%s %s',
    async (method, path, operation) => {
      const [, kind = ''] = path.split('/');
      const target = path
        .replace(/\{\w+\}/, ids[kind] ?? 'there is none of this kind')
        .replace('{name}', kind === 'resources' ? 'a' : 'default');
      const before = await everythingOfAcme();
      const { status } = await mine(method, target, BODIES[operation]);
      // Revoking a session says the same whether there was one.
      expect(status).toBe(operation === 'revokeSession' ? 204 : 404);
      expect(await everythingOfAcme()).toBe(before);
    },
  );

  it('also inside a body', async () => {
    const { clientId } = await registerApplication(postern.ports);
    const { applications = '', roles } = ids;
    for (const [method, path, body] of [
      ['PUT', `/applications/${clientId}/roles`, { roles: { ids: [roles] } }],
      ['PUT', `/applications/${clientId}/grants`, { grants: [{ resource: 'urn:a', scopes: ['a'] }] }],
      ['PUT', `/applications/${clientId}/grants`, { grants: [{ resource: applications, scopes: [] }] }],
      ['POST', '/roles', { name: 'x', access: [{ application_id: applications, scopes: [] }] }],
      ['POST', '/resources', { name: 'x', indicator: 'urn:x', introspectors: [applications] }],
    ] as const) {
      expect([path, (await mine(method, path, body)).status]).toEqual([path, 400]);
    }
  });

  it('and names and identifiers are free in every tenant', async () => {
    expect((await mine('POST', '/resources', { name: 'urn:a', indicator: 'urn:a' })).status).toBe(201);
    expect((await mine('POST', '/roles', { name: 'a' })).status).toBe(201);
    const { body } = await mine('GET', '/audit');
    for (const id of Object.values(ids)) expect(body).not.toContain(id);
  });
});

async function everythingOfAcme(): Promise<string> {
  const paths = ['/applications', '/resources', '/roles', '/keys', '/audit', `/sessions/${ids.sessions}`];
  const replies = await Promise.all(paths.map((path) => theirs('GET', path)));
  return replies.map(({ body }) => body).join('\n');
}
