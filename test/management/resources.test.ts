import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let call: Call;
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: {}, appid: { tokenProfile: 'appid' } } });
  call = await describedCalls(postern.ports);
});
afterAll(() => postern.close());

/** One that no other test has. */
const anIndicator = () => `https://api.example.com/${crypto.randomUUID()}`;
const declare = async (body: object = {}) => {
  const indicator = anIndicator();
  return call('POST', '/resources', { name: indicator, indicator, ...body });
};
const declared = async () => (await call('GET', '/resources')).json.resources;

describe('declaring an API resource', () => {
  it('answers 201 with what holds where nothing was said', async () => {
    const indicator = anIndicator();
    const { status, json } = await call('POST', '/resources/', { name: 'orders', indicator });
    expect(status).toBe(201);
    const expected = {
      id: expect.any(String),
      name: 'orders',
      indicator,
      scopes: [],
      tokenFormat: 'jwt',
      typ: 'at+jwt',
      isDefault: false,
      restricted: false,
      introspectors: [],
    };
    expect(json).toEqual(expected);
    expect((await call('GET', `/resources/${json.id}`)).json).toEqual(json);
    expect(await declared()).toContainEqual(json);
  });

  it('keeps what it was given', async () => {
    const { clientId } = await registerApplication(postern.ports);
    const given = {
      accessTokenTtl: 60,
      tokenFormat: 'opaque',
      signingAlg: 'ES384',
      typ: 'JWT',
      restricted: true,
      introspectors: [clientId],
    };
    expect((await declare(given)).json).toMatchObject(given);
  });

  it.each([
    'https://api.example.com',
    'https://api.example.com/a?b=c',
    'http://localhost:8080/',
    'urn:example:orders',
    'https://api.example.com/%20',
    `urn:${'x'.repeat(508)}`,
  ])('takes the identifier %s', async (indicator) => {
    expect((await declare({ indicator })).json.indicator).toBe(indicator);
  });

  it.each([
    '',
    'orders',
    '/orders',
    '//api.example.com',
    'https:',
    'https://',
    'https://api.example.com/#',
    'https://api.example.com/#a',
    'https://api.example.com/a b',
    ' https://api.example.com',
    'https://api.example.com/\n',
    'https://api.example.com/é',
    `urn:${'x'.repeat(509)}`,
    '__proto__',
    '11111111-1111-4111-8111-111111111111',
  ])('refuses the identifier %j with 400', async (indicator) => {
    expect((await declare({ indicator })).status).toBe(400);
  });

  it.each([
    ['an unknown introspector', { introspectors: ['nobody'] }],
    ['an id of its own', { id: 'management-api' }],
    ['scopes beside their own path', { scopes: [{ name: 'read' }] }],
    ['an algorithm without a key pair', { signingAlg: 'HS256' }],
    ['no algorithm', { signingAlg: 'none' }],
    ['another kind of token', { tokenFormat: 'saml' }],
    ['a life of no integer', { accessTokenTtl: 60.5 }],
  ])('refuses %s with 400', async (_, body) => {
    const before = (await declared()).length;
    expect((await declare(body)).status).toBe(400);
    expect(await declared()).toHaveLength(before);
  });

  it('refuses in the profile appid what its SDKs cannot verify', async () => {
    const acme = await describedCalls(postern.ports, 'appid');
    const body = { name: 'a', indicator: 'urn:a' };
    expect((await acme('POST', '/resources', { ...body, signingAlg: 'ES256' })).status).toBe(400);
    const { json } = await acme('POST', '/resources', { ...body, signingAlg: 'RS256' });
    expect((await acme('PATCH', `/resources/${json.id}`, { signingAlg: 'ES256' })).status).toBe(400);
  });
});

describe('an identifier', () => {
  it('that is used is 422, byte for byte, and so is a used name', async () => {
    const { indicator, name } = (await declare()).json;
    const again = await declare({ indicator });
    expect([again.status, again.json.detail]).toEqual([422, expect.stringContaining(indicator)]);
    expect((await declare({ name })).status).toBe(422);
    for (const other of [`${indicator}/`, indicator.replace('api', 'API')]) {
      expect((await declare({ indicator: other })).status).toBe(201);
    }
  });

  it('is never given again after its deletion, though its name is', async () => {
    const { id, indicator, name } = (await declare()).json;
    expect((await call('DELETE', `/resources/${id}`)).status).toBe(204);
    const again = await declare({ indicator });
    expect([again.status, again.json.detail]).toEqual([422, expect.stringContaining('never given again')]);
    expect((await declare({ name })).status).toBe(201);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      expect((await call(method, `/resources/${id}`, method === 'PATCH' ? {} : undefined)).status).toBe(404);
    }
    expect((await call('GET', `/resources/${id}/scopes`)).status).toBe(404);
    expect((await call('POST', `/resources/${id}/scopes`, { name: 'x' })).status).toBe(404);
  });

  it.each(['name', 'indicator', 'id', 'scopes', 'createdAt'])(
    'and whatever else is fixed is no member of a change: %s',
    async (member) => {
      const { json } = await declare();
      const reply = await call('PATCH', `/resources/${json.id}`, { [member]: json[member] ?? 1 });
      expect([reply.status, reply.body]).toEqual([400, expect.stringContaining(`\\"${member}\\"`)]);
      expect((await call('GET', `/resources/${json.id}`)).json).toEqual(json);
    },
  );
});

describe('changing a resource', () => {
  it('lose what was their own where it is null, and keep what is not named', async () => {
    const own = { accessTokenTtl: 600, signingAlg: 'ES256' };
    const { json } = await call('POST', '/resources', { name: 'own', indicator: 'urn:own', ...own });
    const path = `/resources/${json.id}`;
    expect((await call('PATCH', path, { accessTokenTtl: null })).json).toMatchObject({ signingAlg: 'ES256' });
    const { json: bare } = await call('PATCH', path, { signingAlg: null });
    expect(Object.keys(bare)).not.toContain('accessTokenTtl');
    expect(Object.keys(bare)).not.toContain('signingAlg');
  });

  it('leaves what is not named as it was', async () => {
    const { json } = await declare({ accessTokenTtl: 60, typ: 'JWT' });
    const { status, json: changed } = await call('PATCH', `/resources/${json.id}`, { restricted: true });
    expect([status, changed]).toEqual([200, { ...json, restricted: true }]);
  });

  it('makes one the default in the place of the one before', async () => {
    const [first, second] = [(await declare({ isDefault: true })).json, (await declare()).json];
    await call('PATCH', `/resources/${second.id}`, { isDefault: true });
    const defaults = (await declared()).filter((one: { isDefault: boolean }) => one.isDefault);
    expect(defaults.map(({ id }: { id: string }) => id)).toEqual([second.id]);
    const third = (await declare({ isDefault: true })).json;
    expect((await call('GET', `/resources/${second.id}`)).json.isDefault).toBe(false);
    await call('PATCH', `/resources/${third.id}`, { isDefault: false });
    expect((await call('GET', `/resources/${first.id}`)).json.isDefault).toBe(false);
  });

  it('refuses an introspector that there is not, and changes nothing', async () => {
    const { json } = await declare();
    const reply = await call('PATCH', `/resources/${json.id}`, { introspectors: ['nobody'], typ: 'JWT' });
    expect([reply.status, reply.json.detail]).toEqual([400, expect.stringContaining('"nobody"')]);
    expect((await call('GET', `/resources/${json.id}`)).json).toEqual(json);
  });
});
