import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let call: Call;
beforeAll(async () => {
  postern = await startInProcess({ limits: { applications: 2, resources: 2, scopes: 2, roles: 2 } });
  call = await describedCalls(postern.ports);
});
afterAll(() => postern.close());

it.each([
  ['/applications', (n: number) => ({ name: `app ${n}` }), 'clientId'],
  ['/resources', (n: number) => ({ name: `r${n}`, indicator: `urn:r${n}` }), 'id'],
  ['/roles', (n: number) => ({ name: `role ${n}` }), 'id'],
] as const)(
  '%s takes as many as the settings say, and one again where one is deleted',
  async (path, body, id) => {
    const first = await call('POST', path, body(1));
    await call('POST', path, body(2));
    const third = await call('POST', path, body(3));
    expect([third.status, third.json.detail]).toEqual([422, expect.stringMatching(/^There can be 2 /)]);
    expect((await call('GET', path)).body).not.toContain(String(Object.values(body(3))[0]));
    await call('DELETE', `${path}/${first.json[id]}`);
    expect((await call('POST', path, body(3))).status).toBeLessThan(300);
  },
);

it('scopes of a resource, and of an application, are bounded too', async () => {
  const [, resource] = (await call('GET', '/resources')).json.resources;
  const path = `/resources/${resource.id}/scopes`;
  for (const name of ['a', 'b']) expect((await call('POST', path, { name })).status).toBe(201);
  expect((await call('POST', path, { name: 'c' })).status).toBe(422);
  const [application] = (await call('GET', '/applications')).json.applications;
  const own = `/applications/${application.clientId}/scopes`;
  expect((await call('PUT', own, { scopes: ['a', 'b', 'c'] })).status).toBe(422);
  expect((await call('GET', own)).json.scopes).toEqual([]);
  expect((await call('PUT', own, { scopes: ['a', 'b', 'a'] })).status).toBe(200);
});

it('a tenant declares 1 MiB at most, whatever it is made of', async () => {
  const roomy = await startInProcess({ limits: { applications: 1_000 } });
  const described = await describedCalls(roomy.ports);
  const claims = { x: 'x'.repeat(2_000) };
  let last = await described('POST', '/applications', { name: 'x', claims });
  let made = 0;
  while (last.status === 200 && made < 1_000) {
    made += 1;
    last = await described('POST', '/applications', { name: 'x', claims });
  }
  expect([last.status, last.json.detail]).toEqual([422, expect.stringContaining('1 MiB')]);
  expect((await described('GET', '/applications')).json.applications).toHaveLength(made);
  await roomy.close();
});
