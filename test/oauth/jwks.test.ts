import { createRemoteJWKSet, customFetch, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SIGNING_ALGS } from '../../src/registry/registry.ts';
import { manage, send } from '../support/http.ts';
import {
  decisionOn,
  declareResource,
  getToken,
  issuerOf,
  type Registered,
  registerApplication,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const PLACES = ['/oauth/v4/default/publickeys', '/oauth/v4/default/.well-known/jwks.json'] as const;

let postern: InProcess;
let application: Registered;
beforeEach(async () => {
  postern = await startInProcess();
  application = await registerApplication(postern.ports);
});
afterEach(() => postern.close());

async function keySet(): Promise<JSONWebKeySet> {
  return JSON.parse((await send(postern.ports.public, { path: PLACES[0] })).body);
}

const kidsOf = ({ keys }: JSONWebKeySet) => keys.map(({ kid }) => kid);

const rotate = (body: object = {}) => manage(postern.ports.admin, 'POST', '/default/keys/rotate', body);

const newToken = (parameters = {}) => getToken(postern.ports, application, parameters);

describe('the key set', () => {
  it('is the same in both places, may be kept for 300 s, and is not sent again to who has it', async () => {
    const [first, second] = await Promise.all(PLACES.map((path) => send(postern.ports.public, { path })));
    expect(first?.body).toBe(second?.body);
    expect(first?.headers['cache-control']).toBe('public, max-age=300');
    const headers = ['If-None-Match', String(first?.headers.etag)];
    const again = await send(postern.ports.public, { path: PLACES[1], headers });
    expect(again).toMatchObject({ status: 304, body: '' });
    await newToken();
    postern.advance(600);
    expect((await rotate()).status).toBe(200);
    expect((await send(postern.ports.public, { path: PLACES[1], headers })).status).toBe(200);
  });

  it('TOK-17 has public members and no others, whatever the algorithm', async () => {
    const memberOf = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] };
    for (const signingAlg of SIGNING_ALGS) {
      const resource = `https://${signingAlg}.example`;
      await declareResource(postern.ports, { indicator: resource, signingAlg });
      await newToken({ resource });
    }
    const { keys } = await keySet();
    expect(new Set(keys.map(({ alg }) => alg))).toEqual(new Set(SIGNING_ALGS));
    for (const { kty, use, alg, kid, ...own } of keys) {
      expect({ use, alg: typeof alg, kid: typeof kid }).toEqual({ use: 'sig', alg: 'string', kid: 'string' });
      expect(memberOf).toHaveProperty(String(kty), expect.arrayContaining(Object.keys(own)));
    }
    expect(new Set(kidsOf({ keys })).size).toBe(keys.length);
  });

  it('has the key of the first token, and the one that comes after it', async () => {
    const { keys } = await keySet();
    expect(keys).toHaveLength(2);
    const { kid } = decodeProtectedHeader(await newToken());
    expect(kidsOf({ keys })).toContain(kid);
    expect(kidsOf(await keySet())).toEqual(kidsOf({ keys }));
  });
});

describe('rotation of the signing key', () => {
  it('TOK-17 leaves tokens of the old key good until they expire, and serves both keys', async () => {
    const old = await newToken();
    postern.advance(600);
    expect((await rotate()).status).toBe(200);
    const fresh = await newToken();
    const kids = [old, fresh].map((token) => decodeProtectedHeader(token).kid);
    expect(new Set(kids).size).toBe(2);
    expect(kidsOf(await keySet())).toEqual(expect.arrayContaining(kids));
    postern.advance(2_900);
    expect(await decisionOn(postern.ports, old)).toBe(200);
    postern.advance(100);
    expect(await decisionOn(postern.ports, old)).toBe(401);
    expect(await decisionOn(postern.ports, fresh)).toBe(200);
  });

  it('keeps an old key in the set until no token that it signed can be alive', async () => {
    const { kid } = decodeProtectedHeader(await newToken());
    postern.advance(600);
    await rotate();
    postern.advance(86_400);
    expect(kidsOf(await keySet())).toContain(kid);
    postern.advance(60);
    expect(kidsOf(await keySet())).not.toContain(kid);
  });

  it('is news to no verifier that has kept the set from before it', async () => {
    // jose's clock can't be moved: the first token is from a time that is past.
    postern.advance(-1_000);
    const old = await newToken();
    let fetches = 0;
    const issuer = issuerOf(postern.ports);
    const keys = createRemoteJWKSet(new URL(`${issuer}/publickeys`), {
      cacheMaxAge: 300_000,
      [customFetch]: (...request) => {
        fetches += 1;
        return fetch(...request);
      },
    });
    await jwtVerify(old, keys, { issuer });
    postern.advance(600);
    expect((await rotate()).status).toBe(200);
    const fresh = await newToken();
    expect(decodeProtectedHeader(fresh).kid).not.toBe(decodeProtectedHeader(old).kid);
    await jwtVerify(fresh, keys, { issuer });
    expect(fetches).toBe(1);
  });

  it('is refused where verifiers may not know the next key yet, unless forced', async () => {
    const old = await newToken();
    postern.advance(500);
    expect((await rotate()).status).toBe(409);
    expect(decodeProtectedHeader(await newToken()).kid).toBe(decodeProtectedHeader(old).kid);
    expect((await rotate({ force: true })).status).toBe(200);
    expect(decodeProtectedHeader(await newToken()).kid).not.toBe(decodeProtectedHeader(old).kid);
  });

  it('and then the deletion of the old key end the tokens that it signed', async () => {
    const old = await newToken();
    const { kid } = decodeProtectedHeader(old);
    await rotate({ force: true });
    const fresh = await newToken();
    const path = `/default/keys/${kid}`;
    expect((await manage(postern.ports.admin, 'DELETE', path)).status).toBe(204);
    expect(await decisionOn(postern.ports, old)).toBe(401);
    expect(await decisionOn(postern.ports, fresh)).toBe(200);
    expect(kidsOf(await keySet())).not.toContain(kid);
  });
});
