import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { declareResource } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let call: Call;
let path: string;
beforeAll(async () => {
  postern = await startInProcess();
  call = await describedCalls(postern.ports);
  path = `/resources/${await declareResource(postern.ports, { indicator: 'urn:orders' })}/scopes`;
});
afterAll(() => postern.close());

describe('the scopes of an API resource', () => {
  it('are added one by one, and taken away by name', async () => {
    const added = await call('POST', `${path}/`, { name: 'orders:read', description: 'To read them' });
    expect([added.status, added.json]).toEqual([201, { name: 'orders:read', description: 'To read them' }]);
    for (const body of [{ name: 'plain' }, { name: 'empty', description: '' }]) {
      expect((await call('POST', path, body)).json.description).toBe('');
    }
    const scopes = ['orders:read', 'plain', 'empty'];
    const names = ({ json }: { json: { scopes: { name: string }[] } }) => json.scopes.map(({ name }) => name);
    expect(names(await call('GET', path))).toEqual(scopes);
    expect(names(await call('GET', path.replace('/scopes', '')))).toEqual(scopes);
    expect((await call('DELETE', `${path}/plain`)).status).toBe(204);
    expect((await call('DELETE', `${path}/plain`)).status).toBe(404);
    expect(names(await call('GET', path))).toEqual(['orders:read', 'empty']);
  });

  it('a used name is 422, and one that was taken away is free', async () => {
    await call('POST', path, { name: 'twice' });
    const again = await call('POST', path, { name: 'twice', description: 'other' });
    expect([again.status, again.json.detail]).toEqual([422, expect.stringContaining('"twice"')]);
    expect((await call('POST', path, { name: 'Twice' })).status).toBe(201);
    await call('DELETE', `${path}/twice`);
    expect((await call('POST', path, { name: 'twice' })).status).toBe(201);
  });

  it('a name that a path has to encode is found by it', async () => {
    const name = "a/b%2f?c=d#e:~'";
    expect((await call('POST', path, { name })).status).toBe(201);
    expect((await call('DELETE', `${path}/${encodeURIComponent(name)}`)).status).toBe(204);
    expect((await call('GET', path)).body).not.toContain('c=d');
  });

  it.each(['', 'a b', 'a"b', 'a\\b', 'é', '\u0000', 'x'.repeat(256), 'appid_default'])(
    'is never called %j',
    async (name) => {
      expect((await call('POST', path, { name })).status).toBe(400);
    },
  );

  it('has no member but name and description', async () => {
    expect((await call('POST', path, { name: 'x', id: 'y' })).status).toBe(400);
    expect((await call('POST', path, { name: 'x', description: 'a\nb' })).status).toBe(400);
    expect((await call('POST', path, { name: 'x', description: 'x'.repeat(501) })).status).toBe(400);
  });
});
