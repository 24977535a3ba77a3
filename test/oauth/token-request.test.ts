import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import {
  basicOf,
  freshAddress,
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
const FORM = 'application/x-www-form-urlencoded';
const GRANT = { grant_type: 'client_credentials' };

describe('TOK-01 the grant', () => {
  it.each<[string, Presented, unknown[]]>([
    ['none', { form: {} }, [400, 'invalid_request']],
    ['an empty one', { form: { grant_type: '' } }, [400, 'invalid_request']],
    ['none in an empty body', { form: '' }, [400, 'invalid_request']],
    ['another', { form: { grant_type: 'password' } }, [400, 'unsupported_grant_type']],
    ['another spelling', { form: { grant_type: 'Client_Credentials' } }, [400, 'unsupported_grant_type']],
    [
      'two',
      { form: 'grant_type=client_credentials&grant_type=client_credentials' },
      [400, 'invalid_request'],
    ],
    ['two in JSON', { json: { grant_type: ['client_credentials', 'password'] } }, [400, 'invalid_request']],
    ['a number', { json: { grant_type: 1 } }, [400, 'invalid_request']],
  ])('%s is refused', async (_, asked, refusal) => {
    expect(await refusalOf(asClient(asked))).toEqual(refusal);
  });

  it.each(['scope', 'client_id', 'unheard_of'])('a repeated %s is refused', async (name) => {
    const form = `grant_type=client_credentials&${name}=a&${name}=b`;
    expect(await refusalOf(asClient({ form }))).toEqual([400, 'invalid_request']);
  });

  it('a repeated parameter that is empty once is there once, and unknown ones are ignored', async () => {
    const form = 'grant_type=client_credentials&grant_type=&colour=blue&scope=';
    expect((await asClient({ form })).status).toBe(200);
  });

  it('is none that this application may not use', async () => {
    const browser = await registerApplication(postern.ports, { type: 'singlepageapp' });
    const refusal = await refusalOf(ask({ basic: basicOf(browser), form: GRANT }));
    expect(refusal).toEqual([400, 'unauthorized_client']);
  });
});

describe('TOK-04 the message', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('%s is 405', async (method) => {
    const path = `/oauth/v4/default/token?grant_type=client_credentials`;
    const reply = await send(postern.ports.public, { method, path });
    expect([reply.status, reply.headers.allow]).toEqual([405, 'POST']);
  });

  it('what stands in the query counts for nothing', async () => {
    const headers = ['Authorization', `Basic ${btoa(basicOf(client))}`, 'Content-Type', FORM];
    const path = '/oauth/v4/default/token?grant_type=client_credentials';
    expect((await send(postern.ports.public, { method: 'POST', path, headers, body: '' })).status).toBe(400);
  });

  it.each([`${FORM}; charset=utf-8`, 'APPLICATION/X-WWW-FORM-URLENCODED', `${FORM} ;charset=ISO-8859-1`])(
    'a form is read as %s',
    async (type) => {
      expect((await asClient({ form: GRANT, headers: ['Content-Type', type] })).status).toBe(200);
    },
  );

  it.each(['application/json; charset=utf-8', 'Application/JSON'])('JSON is read as %s', async (type) => {
    expect((await asClient({ json: GRANT, headers: ['Content-Type', type] })).status).toBe(200);
  });

  it.each([
    'text/plain',
    '',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/x-www-form-urlencoded-x',
  ])('nothing is read as %j', async (type) => {
    const refusal = await refusalOf(asClient({ form: GRANT, headers: ['Content-Type', type] }));
    expect(refusal).toEqual([400, 'invalid_request']);
  });

  it.each(['', '{', 'null', '[]', '"grant_type"', '{"grant_type":{}}', '{"scope":[["a"]]}', '\ufeff{}'])(
    'the JSON %j is refused, and not quoted',
    async (json) => {
      const reply = await asClient({ json });
      expect([reply.status, reply.json.error]).toEqual([400, 'invalid_request']);
      expect(reply.body).not.toMatch(/token|position|Unexpected/);
    },
  );

  it('a NUL, a compressed body and one beyond 16 KiB are refused', async () => {
    const nul = await refusalOf(asClient({ form: { ...GRANT, scope: 'a\0b' } }));
    const compressed = asClient({ form: GRANT, headers: ['Content-Encoding', 'gzip'] });
    const large = asClient({ form: { ...GRANT, filler: 'x'.repeat(16 * 1024) } });
    expect(nul).toEqual([400, 'invalid_request']);
    expect(await refusalOf(compressed)).toEqual([400, 'invalid_request']);
    expect(await refusalOf(large)).toEqual([413, 'invalid_request']);
    const fits = asClient({ form: { ...GRANT, filler: 'x'.repeat(15 * 1024) } });
    expect((await fits).status).toBe(200);
  });

  it.each(['nobody', '__proto__', 'DEFAULT', 'default%2f'])('there is no tenant %s', async (tenant) => {
    expect(await refusalOf(asClient({ tenant, form: GRANT }))).toEqual([404, 'invalid_request']);
  });

  it('of one tenant, an application is none in another', async () => {
    expect(await refusalOf(asClient({ tenant: 'acme', form: GRANT }))).toEqual([401, 'invalid_client']);
  });
});

describe('TOK-13 every answer', () => {
  it.each<[string, number, () => Presented]>([
    ['a token', 200, () => ({ basic: basicOf(client), form: GRANT })],
    ['a broken request', 400, () => ({ basic: basicOf(client), form: {} })],
    ['an unknown client', 401, () => ({ basic: 'a:b', form: GRANT })],
    ['an unknown tenant', 404, () => ({ tenant: 'nobody', form: GRANT })],
    ['too large a body', 413, () => ({ form: { filler: 'x'.repeat(17_000) } })],
  ])('%s is JSON that nobody keeps', async (_, status, asked) => {
    const reply = await ask({ ...asked(), from: freshAddress() });
    expect(reply.status).toBe(status);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.headers.pragma).toBe('no-cache');
    expect(reply.headers['content-type']).toMatch(/^application\/json/);
    if (status === 200) return;
    expect(Object.keys(reply.json)).toEqual(['error', 'error_description']);
    // RFC 6749 section 5.2: which characters these may have.
    expect(reply.json.error_description).toMatch(/^[ !#-[\]-~]+$/);
  });
});
