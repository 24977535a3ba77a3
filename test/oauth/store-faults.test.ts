import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manage, send } from '../support/http.ts';
import {
  askIssuer,
  decisionOn,
  declareResource,
  getToken,
  type Registered,
  registerApplication,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

let redis: TestRedis;
let postern: InProcess;
let client: Registered;
beforeAll(async () => {
  redis = await startRedis();
  postern = await startInProcess({ storeUrl: redis.url, keyRotationSeconds: 3_600 });
  await untilReady(postern.ports.admin);
});
afterAll(async () => {
  await postern.close();
  await redis.close();
});
beforeEach(async () => {
  await redis.client.config('SET', 'maxmemory', '0');
  client = await registerApplication(postern.ports);
});

const keySet = () => send(postern.ports.public, { path: '/oauth/v4/default/publickeys' });

describe('a Redis that takes no writes', () => {
  it('RDS-16 still has its keys published, also where a new one is due, and lets pass what it has', async () => {
    const token = await getToken(postern.ports, client);
    const before = await keySet();
    await declareResource(postern.ports, { indicator: 'urn:es384', signingAlg: 'ES384' });
    await redis.client.config('SET', 'maxmemory', '1');
    for (let asked = 0; asked < 3; asked += 1) {
      const during = await keySet();
      expect([during.status, during.body]).toEqual([200, before.body]);
    }
    expect(await decisionOn(postern.ports, token)).toBe(200);
    const refused = await askIssuer(postern.ports, 'token', client, { grant_type: 'client_credentials' });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
  });
});

describe('a registry that was lost, while the rows of tokens were not', () => {
  it('is "can\'t tell", and not "nothing was ever declared"', async () => {
    const [jwt, resource] = [await getToken(postern.ports, client), 'urn:opaque'];
    await declareResource(postern.ports, { indicator: resource, tokenFormat: 'opaque' });
    const opaque = await getToken(postern.ports, client, { resource });
    await redis.client.del('postern:{default}:registry', 'postern:{default}:registry-version');
    expect(await decisionOn(postern.ports, jwt)).toBe(503);
    expect(await decisionOn(postern.ports, opaque)).toBe(503);
    await redis.client.flushall();
    // Until that it was emptied is told, the token's row is held, and what it counts for can't be told.
    let status = await decisionOn(postern.ports, jwt);
    while (status === 503) status = await decisionOn(postern.ports, jwt);
    expect(status).toBe(401);
    expect((await manage(postern.ports.admin, 'GET', '/default/applications')).status).toBe(200);
  });
});
