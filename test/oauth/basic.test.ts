import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  basicOf,
  type Presented,
  present,
  type Registered,
  refusalOf,
  registerApplication,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let client: Registered;
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: { signingAlg: 'ES256' }, acme: {} } });
  client = await registerApplication(postern.ports);
});
afterAll(() => postern.close());

const ask = (asked: Presented) => present(postern.ports, asked);
const asClient = (asked: Presented) => ask({ basic: basicOf(client), ...asked });
const GRANT = { grant_type: 'client_credentials' };
const body = () => ({ client_id: client.clientId, client_secret: client.secret });

describe('TOK-02 a client proves who it is in one way', () => {
  it.each<[string, () => Presented]>([
    ['Basic and a secret in the body', () => ({ basic: basicOf(client), form: { ...GRANT, ...body() } })],
    [
      'Basic and an assertion',
      () => ({ basic: basicOf(client), form: { ...GRANT, client_assertion: 'a.b.c' } }),
    ],
    [
      'Basic and the id of another',
      () => ({ basic: basicOf(client), form: { ...GRANT, client_id: 'another' } }),
    ],
    ['a secret and an assertion', () => ({ form: { ...GRANT, ...body(), client_assertion: 'a.b.c' } })],
    ['a secret of nobody', () => ({ form: { ...GRANT, client_secret: client.secret } })],
    ['an assertion of no type', () => ({ form: { ...GRANT, client_assertion: 'a.b.c' } })],
    [
      'an assertion of another type',
      () => ({
        form: { ...GRANT, client_assertion: 'a.b.c', client_assertion_type: 'saml2-bearer' },
      }),
    ],
  ])('%s: 400', async (_, asked) => {
    expect(await refusalOf(ask(asked()))).toEqual([400, 'invalid_request']);
  });

  it('an empty secret in the body counts as none, and the same id twice is one', async () => {
    const form = { ...GRANT, client_id: client.clientId, client_secret: '' };
    expect((await asClient({ form })).status).toBe(200);
  });

  it.each<[string, () => Presented]>([
    ['client_secret_basic', () => ({ basic: basicOf(client), form: GRANT })],
    ['client_secret_basic and JSON', () => ({ basic: basicOf(client), json: GRANT })],
    ['client_secret_post', () => ({ form: { ...GRANT, ...body() } })],
    ['client_secret_post as JSON', () => ({ json: { ...GRANT, ...body() } })],
  ])('%s is taken', async (_, asked) => {
    expect((await ask(asked())).status).toBe(200);
  });
});

describe('TOK-03 Basic', () => {
  const raw = (authorization: string) => ask({ form: GRANT, headers: ['Authorization', authorization] });

  it.each<[string, () => string]>([
    ['every byte percent-encoded', () => encoded(client.clientId, client.secret)],
    ['dashes percent-encoded', () => basicOf(client).replaceAll('-', '%2D').replaceAll('_', '%5f')],
    ['raw', () => basicOf(client)],
  ])('%s is the same client', async (_, basic) => {
    expect((await ask({ basic: basic(), form: GRANT })).status).toBe(200);
  });

  it('takes the scheme in any case', async () => {
    expect((await raw(`bASIC  ${btoa(basicOf(client))}`)).status).toBe(200);
  });

  it.each([
    ['no colon', () => btoa(client.clientId)],
    ['nothing', () => ''],
    ['no base64', () => '****'],
    ['base64 with something behind', () => `${btoa(basicOf(client))}, Basic x`],
    ['a percent that encodes nothing', () => btoa(`${client.clientId}:%zz`)],
    ['a percent that encodes no UTF-8', () => btoa(`${client.clientId}:%ff`)],
  ])('%s: 400', async (_, credentials) => {
    expect(await refusalOf(raw(`Basic ${credentials()}`))).toEqual([400, 'invalid_request']);
  });

  it.each([
    ['an empty secret', () => `${client.clientId}:`],
    ['an empty id', () => `:${client.secret}`],
    ['nothing but a colon', () => ':'],
    ['a colon that is encoded, so that the secret is empty', () => `${client.clientId}%3A${client.secret}:`],
    ['a secret of 8 KB', () => `${client.clientId}:${'s'.repeat(8_000)}`],
    ['a second colon, which is of the secret', () => `${basicOf(client)}:`],
    ['a plus, which is a space', () => `${basicOf(client)}+`],
    ['a secret twice encoded', () => `${client.clientId}:${encodeAll(client.secret).replaceAll('%', '%25')}`],
  ])('%s: 401 with the challenge', async (_, basic) => {
    const reply = await ask({ basic: basic(), form: GRANT });
    expect([reply.status, reply.json.error]).toEqual([401, 'invalid_client']);
    expect(reply.headers['www-authenticate']).toMatch(/^Basic realm="default", error="invalid_client", /);
  });

  it.each(['Bearer abc', 'Digest username="a"', 'Basically abc', ' '])(
    'is what another scheme is told of: %j',
    async (authorization) => {
      const reply = await raw(authorization);
      expect([reply.status, reply.json.error]).toEqual([401, 'invalid_client']);
      expect(reply.headers['www-authenticate']).toMatch(/^Basic realm="default"/);
    },
  );

  it('is not asked of whoever did not use Authorization', async () => {
    for (const form of [GRANT, { ...GRANT, ...body(), client_secret: 'wrong' }]) {
      const reply = await ask({ form });
      expect([reply.status, reply.json.error]).toEqual([401, 'invalid_client']);
      expect(reply.headers).not.toHaveProperty('www-authenticate');
    }
  });
});

function encodeAll(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function encoded(clientId: string, secret: string): string {
  return `${encodeAll(clientId)}:${encodeAll(secret)}`;
}
