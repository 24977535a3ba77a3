import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { byAssertion, claimsOf, makePair, type Pair, registerKeys, sign } from '../support/assertions.ts';
import { decisionOn, issuerOf, refusalOf, registerApplication, succeed } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let pair: Pair;
let stranger: Pair;
let clientId: string;
let strangerId: string;
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: { signingAlg: 'ES256' }, acme: {} } });
  [pair, stranger] = [await makePair(), await makePair()];
  clientId = await registerKeys(postern.ports, [{ ...pair.publicJwk, kid: 'mine' }]);
  strangerId = await registerKeys(postern.ports, [stranger.publicJwk]);
});
afterAll(() => postern.close());

const REFUSED = [401, 'invalid_client'];
const claims = (changes: Record<string, unknown> = {}) => claimsOf(postern.ports, clientId, changes);
const ask = (assertion: string, more: Record<string, string> = {}) =>
  byAssertion(postern.ports, assertion, more);
const now = () => Math.floor(systemClock());
const encode = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('a private_key_jwt', () => {
  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('is taken that is signed with %s', async (alg) => {
    const own = await makePair(alg);
    const id = await registerKeys(postern.ports, [own.publicJwk]);
    const { status, json } = await ask(await sign(claimsOf(postern.ports, id), own));
    expect(status).toBe(200);
    expect(await decisionOn(postern.ports, json.access_token)).toBe(200);
  });

  it.each<[string, () => Record<string, unknown>, object, () => Record<string, string>]>([
    ['with its client_id beside it', () => ({}), {}, () => ({ client_id: clientId })],
    ['with its kid', () => ({}), { kid: 'mine' }, () => ({})],
    ['of the type JWT', () => ({}), { typ: 'JWT' }, () => ({})],
    ['of its own type', () => ({}), { typ: 'client-authentication+jwt' }, () => ({})],
    ['without iat', () => ({ iat: undefined }), {}, () => ({})],
    ['that lives for 5 minutes', () => ({ exp: now() + 300 }), {}, () => ({})],
  ])('is taken %s', async (_, changes, header, more) => {
    expect((await ask(await sign(claims(changes()), pair, header), more())).status).toBe(200);
  });

  it('is taken under each of several keys, and dies with the key, tokens too', async () => {
    const second = await makePair('EdDSA');
    const id = await registerKeys(postern.ports, [pair.publicJwk, second.publicJwk]);
    const tokenBy = async (by: Pair) =>
      (await ask(await sign(claimsOf(postern.ports, id), by))).json.access_token;
    const [first, other] = [await tokenBy(pair), await tokenBy(second)];
    await succeed(postern.ports, 'PUT', `/default/applications/${id}`, {
      jwks: { keys: [second.publicJwk] },
    });
    expect(await decisionOn(postern.ports, first)).toBe(401);
    expect(await decisionOn(postern.ports, other)).toBe(200);
    expect(await refusalOf(ask(await sign(claimsOf(postern.ports, id), pair)))).toEqual(REFUSED);
  });
});

describe('TOK-11 a private_key_jwt is refused', () => {
  it.each<[string, () => Record<string, unknown>]>([
    ['for the token endpoint', () => ({ aud: `${issuerOf(postern.ports)}/token` })],
    ['for the issuer with a slash', () => ({ aud: `${issuerOf(postern.ports)}/` })],
    ['for another tenant', () => ({ aud: issuerOf(postern.ports, 'acme') })],
    ['for a list', () => ({ aud: [issuerOf(postern.ports), 'https://other.example.com'] })],
    ['for a list of one', () => ({ aud: [issuerOf(postern.ports)] })],
    ['for nobody', () => ({ aud: undefined })],
    ['of another subject', () => ({ sub: strangerId })],
    ['of no subject', () => ({ sub: undefined })],
    ['of no issuer', () => ({ iss: undefined })],
    ['of another issuer', () => ({ iss: strangerId })],
    ['in the name of another', () => ({ iss: strangerId, sub: strangerId })],
    ['in the name of nobody', () => ({ iss: 'nobody', sub: 'nobody' })],
    ['without jti', () => ({ jti: undefined })],
    ['with an empty jti', () => ({ jti: '' })],
    ['without exp', () => ({ exp: undefined })],
    ['that is over', () => ({ exp: now() - 1 })],
    ['that lives for long', () => ({ exp: now() + 400 })],
    ['that has lived for long', () => ({ iat: now() - 400, exp: now() + 60 })],
    ['of the future', () => ({ iat: now() + 120, exp: now() + 180 })],
    ['that is not yet good', () => ({ nbf: now() + 120 })],
  ])('%s', async (_, changes) => {
    expect(await refusalOf(ask(await sign(claims(changes()), pair)))).toEqual(REFUSED);
  });

  it.each<[string, object]>([
    ['an unknown kid', { kid: 'unknown' }],
    ['the type of an access token', { typ: 'at+jwt' }],
    ['a key of its own', { jwk: { kty: 'oct', k: 'AA' } }],
    ['a place of keys', { jku: 'https://evil.example.com/keys' }],
  ])('with %s in its header', async (_, header) => {
    expect(await refusalOf(ask(await sign(claims(), pair, header)))).toEqual(REFUSED);
  });

  it('that is signed by the key of another application', async () => {
    expect(await refusalOf(ask(await sign(claims(), stranger)))).toEqual(REFUSED);
    expect(await refusalOf(ask(await sign(claims(), stranger, { kid: 'mine' })))).toEqual(REFUSED);
  });

  it('that is not signed, or with the public key as a secret', async () => {
    for (const alg of ['none', 'None', 'HS256']) {
      const text = `${encode({ alg })}.${encode(claims())}`;
      const mac = createHmac('sha256', JSON.stringify(pair.publicJwk)).update(text).digest('base64url');
      for (const signature of ['', 'AA', mac]) {
        expect(await refusalOf(ask(`${text}.${signature}`))).toEqual(REFUSED);
      }
    }
  });

  it('that was changed, or is none', async () => {
    const [header = '', , signature = ''] = (await sign(claims(), pair)).split('.');
    const changed = `${header}.${encode(claims({ jti: 'another' }))}.${signature}`;
    for (const text of [changed, 'a.b.c', 'abc', `${changed}.x`, 'x'.repeat(9_000)]) {
      expect(await refusalOf(ask(text))).toEqual(REFUSED);
    }
  });

  it('by an algorithm that its key is not for', async () => {
    const rsa = await makePair('PS256');
    const id = await registerKeys(postern.ports, [{ ...rsa.publicJwk, alg: 'RS256' }]);
    expect(await refusalOf(ask(await sign(claimsOf(postern.ports, id), rsa)))).toEqual(REFUSED);
  });

  it('beside the client_id of another, a secret, or Basic', async () => {
    const other = await registerApplication(postern.ports);
    const more = { client_id: other.clientId };
    expect(await refusalOf(ask(await sign(claims(), pair), more))).toEqual(REFUSED);
    const both = ask(await sign(claims(), pair), { client_id: clientId, client_secret: 'x' });
    expect(await refusalOf(both)).toEqual([400, 'invalid_request']);
    const basic = byAssertion(postern.ports, await sign(claims(), pair), {}, { basic: `${clientId}:x` });
    expect(await refusalOf(basic)).toEqual([400, 'invalid_request']);
  });

  it('of an application that is disabled, in the words of every other refusal', async () => {
    const id = await registerKeys(postern.ports, [pair.publicJwk]);
    await succeed(postern.ports, 'PUT', `/default/applications/${id}`, { enabled: false });
    const disabled = await ask(await sign(claimsOf(postern.ports, id), pair));
    const unknown = await ask(await sign(claimsOf(postern.ports, 'nobody'), pair));
    expect([disabled.status, disabled.body]).toEqual([401, unknown.body]);
  });
});

describe('TOK-11 a private_key_jwt is used once', () => {
  it('by whoever comes first, also where ten come at once', async () => {
    const assertion = await sign(claims(), pair);
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask(assertion)));
    const statuses = replies.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, ...new Array<number>(9).fill(401)]);
    expect(await refusalOf(ask(assertion))).toEqual(REFUSED);
  });

  it('as its jti says, not its text; and that of another application is another', async () => {
    const jti = crypto.randomUUID();
    expect((await ask(await sign(claims({ jti }), pair))).status).toBe(200);
    expect(await refusalOf(ask(await sign(claims({ jti, exp: now() + 90 }), pair)))).toEqual(REFUSED);
    const other = claimsOf(postern.ports, strangerId, { jti });
    expect((await ask(await sign(other, stranger))).status).toBe(200);
  });

  it('and a forged one uses nothing up', async () => {
    const jti = crypto.randomUUID();
    expect(await refusalOf(ask(await sign(claims({ jti }), stranger)))).toEqual(REFUSED);
    expect((await ask(await sign(claims({ jti }), pair))).status).toBe(200);
  });
});
