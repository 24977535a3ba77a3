import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { decisionOn, getToken } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let call: Call;
beforeAll(async () => {
  postern = await startInProcess({ publicUrl: 'https://auth.example.com/' });
  call = await describedCalls(postern.ports);
});
afterAll(() => postern.close());

const rsa = (n: Buffer, e = 'AQAB') => ({ jwks: { keys: [{ kty: 'RSA', n: n.toString('base64url'), e }] } });

const register = async (body: object = {}) =>
  (await call('POST', '/applications', { name: 'nightly', ...body })).json;

describe('registering an application', () => {
  it('answers 200 in the shape of App ID, with the secret this once', async () => {
    const reply = await call('POST', '/applications', { name: 'nightly' });
    expect(reply.status).toBe(200);
    expect(reply.headers['cache-control']).toBe('no-store');
    const { clientId, secret, ...rest } = reply.json;
    expect(clientId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const shown = {
      tenantId: 'default',
      name: 'nightly',
      type: 'regularwebapp',
      enabled: true,
      oAuthServerUrl: 'https://auth.example.com/oauth/v4/default',
      profilesUrl: 'https://auth.example.com',
      discoveryEndpoint: 'https://auth.example.com/oauth/v4/default/.well-known/openid-configuration',
      grantTypes: ['client_credentials'],
      claims: {},
    };
    expect(rest).toEqual(shown);
    expect((await call('GET', `/applications/${clientId}`)).json).toEqual({ clientId, ...shown });
    const { applications } = (await call('GET', '/applications/')).json;
    expect(applications).toContainEqual({ clientId, ...shown });
    expect(JSON.stringify(applications)).not.toContain(secret);
  });

  it('takes the path with a slash at its end, and the same name twice', async () => {
    const [first, second] = [
      await call('POST', '/applications/', { name: 'twin' }),
      await register({ name: 'twin' }),
    ];
    expect(first.status).toBe(200);
    expect(first.json.clientId).not.toBe(second.clientId);
  });

  it('keeps what it was given', async () => {
    const given = {
      type: 'regularwebapp',
      claims: { plan: 'gold', level: 3 },
      accessTokenTtl: 60,
      grantTypes: [],
    };
    const { clientId } = await register(given);
    expect((await call('GET', `/applications/${clientId}`)).json).toMatchObject(given);
  });

  it('gives what runs in a browser no grant unless one says so', async () => {
    expect((await register({ type: 'singlepageapp' })).grantTypes).toEqual([]);
    const grantTypes = ['client_credentials'];
    expect((await register({ type: 'singlepageapp', grantTypes })).grantTypes).toEqual(grantTypes);
  });

  it.each([
    ['no name', { name: undefined }],
    ['an empty name', { name: '' }],
    ['a name of 51 characters', { name: 'x'.repeat(51) }],
    ['a name with a line feed', { name: 'a\nb' }],
    ['a client id of its own', { clientId: crypto.randomUUID() }],
    ['a secret of its own', { secret: 'x'.repeat(43) }],
    ['a tenant', { tenantId: 'acme' }],
    ['the same in capitals', { Name: 'x' }],
    ['a type that there is not', { type: 'mobile' }],
    ['a grant that there is not', { grantTypes: ['password'] }],
    ['a life of 59 s', { accessTokenTtl: 59 }],
    ['a life beyond a day', { accessTokenTtl: 86_401 }],
    ['a claim of ours', { claims: { sub: 'ada' } }],
    ['claims larger than 2 KiB', { claims: { x: 'x'.repeat(2_100) } }],
    ['a private key', { jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x', d: 'd' }] } }],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'k' }] } }],
    ['an RSA key of 2,047 bits', rsa(Buffer.alloc(256, 0x7f))],
    ['an RSA key of 8,200 bits', rsa(Buffer.alloc(1_025, 0xff))],
    ['an RSA key of nothing but zeros', rsa(Buffer.alloc(256))],
    ['an RSA key whose exponent is 1', rsa(Buffer.alloc(256, 0xff), 'AQ')],
    ['a point that is on no curve', { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }] } }],
  ])('refuses %s with 400, and registers nothing', async (_, body) => {
    const before = (await call('GET', '/applications')).json.applications.length;
    expect((await call('POST', '/applications', { name: 'nightly', ...body })).status).toBe(400);
    expect((await call('GET', '/applications')).json.applications).toHaveLength(before);
  });

  it('takes a name of 50 characters', async () => {
    expect((await register({ name: 'é'.repeat(50) })).name).toBe('é'.repeat(50));
  });
});

describe('changing an application', () => {
  it('leaves what is not named as it was', async () => {
    const { secret: _, ...made } = await register({ claims: { plan: 'gold' }, accessTokenTtl: 600 });
    const reply = await call('PUT', `/applications/${made.clientId}`, { name: 'weekly' });
    expect([reply.status, reply.json]).toEqual([200, { ...made, name: 'weekly' }]);
    expect((await call('PUT', `/applications/${made.clientId}`, {})).json).toEqual({
      ...made,
      name: 'weekly',
    });
  });

  it('takes a lifetime of its own away where it is null', async () => {
    const { clientId } = await register({ accessTokenTtl: 600 });
    const { json } = await call('PUT', `/applications/${clientId}`, { accessTokenTtl: null });
    expect(json).not.toHaveProperty('accessTokenTtl');
    const reply = await call('POST', '/applications', { name: 'nightly', accessTokenTtl: null });
    expect(reply.status).toBe(400);
  });

  it.each(['clientId', 'tenantId', 'secret', 'createdAt', 'secrets', 'grants', 'roles', 'scopes'])(
    'ADM-11 refuses the member %s, which it does not take',
    async (member) => {
      const { clientId } = await register();
      const reply = await call('PUT', `/applications/${clientId}`, { [member]: 'x' });
      expect([reply.status, reply.body]).toEqual([400, expect.stringContaining(`\\"${member}\\"`)]);
    },
  );

  it('disabled, it gets no token and its live ones are refused; enabled, they are good again', async () => {
    const client = await register();
    const token = await getToken(postern.ports, client);
    expect(await decisionOn(postern.ports, token)).toBe(200);
    await call('PUT', `/applications/${client.clientId}`, { enabled: false });
    expect(await decisionOn(postern.ports, token)).toBe(401);
    await expect(getToken(postern.ports, client)).rejects.toThrow('401');
    await call('PUT', `/applications/${client.clientId}`, { enabled: true });
    expect(await decisionOn(postern.ports, token)).toBe(200);
  });
});

describe('deleting an application', () => {
  it('answers 204, then 404 on each of its paths', async () => {
    const client = await register();
    const token = await getToken(postern.ports, client);
    const path = `/applications/${client.clientId}`;
    expect((await call('DELETE', path)).status).toBe(204);
    expect(await decisionOn(postern.ports, token)).toBe(401);
    for (const [method, rest, body] of [
      ['GET', ''],
      ['PUT', '', {}],
      ['DELETE', ''],
      ['GET', '/scopes'],
      ['PUT', '/scopes', { scopes: [] }],
      ['GET', '/grants'],
      ['PUT', '/grants', { grants: [] }],
      ['GET', '/roles'],
      ['PUT', '/roles', { roles: { ids: [] } }],
      ['GET', '/secrets'],
      ['POST', '/secrets', { name: 'x' }],
      ['DELETE', '/secrets/default'],
      ['POST', '/secrets/rotate', {}],
    ] as const) {
      const { status } = await call(method, path + rest, body);
      expect([method, rest, status]).toEqual([method, rest, 404]);
    }
  });
});
