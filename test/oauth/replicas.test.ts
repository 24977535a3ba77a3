import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { byAssertion, claimsOf, makePair, registerKeys, sign } from '../support/assertions.ts';
import {
  basicOf,
  decisionOn,
  decodeToken,
  freshAddress,
  getToken,
  present,
  refusalOf,
  registerApplication,
  succeed,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

const PUBLIC_URL = 'https://auth.example.com';

let redis: TestRedis;
let first: InProcess;
let second: InProcess;
const start = async (storeUrl: string) => {
  const tenants = { default: { signingAlg: 'ES256' } } as const;
  const started = await startInProcess({ storeUrl, publicUrl: PUBLIC_URL, tenants });
  await untilReady(started.ports.admin);
  return started;
};
beforeAll(async () => {
  redis = await startRedis();
  [first, second] = [await start(redis.url), await start(redis.url)];
});
afterAll(async () => {
  await Promise.all([first.close(), second.close()]);
  await redis.close();
});

const form = { grant_type: 'client_credentials' };
const among = (index: number): InProcess => (index % 2 === 0 ? first : second);

describe('two replicas on one Redis', () => {
  it('TOK-08 count failures together, and both refuse', async () => {
    const from = freshAddress();
    const statuses: number[] = [];
    for (let index = 0; index <= 20; index += 1) {
      const reply = await present(among(index).ports, { basic: `made-up-${index}:x`, form, from });
      statuses.push(reply.status);
    }
    expect(statuses).toEqual([...new Array<number>(20).fill(401), 429]);
    for (const { ports } of [first, second]) {
      const reply = await present(ports, { basic: 'another:x', form, from });
      expect([reply.status, Number(reply.headers['retry-after']) > 0]).toEqual([429, true]);
    }
  });

  it('TOK-11 let one of many uses of an assertion pass', async () => {
    const pair = await makePair();
    const clientId = await registerKeys(first.ports, [pair.publicJwk]);
    const aud = `${PUBLIC_URL}/oauth/v4/default`;
    const assertion = await sign(claimsOf(first.ports, clientId, { aud }), pair);
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, index) => byAssertion(among(index).ports, assertion)),
    );
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, ...new Array<number>(9).fill(401)]);
  });

  it('TOK-15 give 100 who ask at once 100 tokens, each of which is live on both', async () => {
    const client = await registerApplication(first.ports);
    const tokens = await Promise.all(
      Array.from({ length: 100 }, (_, index) => getToken(among(index).ports, client)),
    );
    expect(new Set(tokens).size).toBe(100);
    expect(new Set(tokens.map((token) => decodeToken(token).claims.jti)).size).toBe(100);
    const decisions = await Promise.all(
      tokens.map((token, index) => decisionOn(among(index + 1).ports, token)),
    );
    expect(new Set(decisions)).toEqual(new Set([200]));
  });

  it('TOK-09 refuse at once what was taken away at the other', async () => {
    const client = await registerApplication(first.ports);
    const token = await getToken(second.ports, client);
    expect(await decisionOn(first.ports, token)).toBe(200);
    await succeed(second.ports, 'PUT', `/default/applications/${client.clientId}`, { enabled: false });
    expect(await decisionOn(first.ports, token)).toBe(401);
    const refusal = await refusalOf(present(first.ports, { basic: basicOf(client), form }));
    expect(refusal).toEqual([401, 'invalid_client']);
  });

  it('JWT-19 refuse at once what was revoked at the other', async () => {
    const client = await registerApplication(first.ports);
    const token = await getToken(first.ports, client);
    expect(await decisionOn(second.ports, token)).toBe(200);
    const revoked = await present(first.ports, {
      endpoint: 'revoke',
      basic: basicOf(client),
      form: { token },
    });
    expect(revoked.status).toBe(200);
    expect(await decisionOn(second.ports, token)).toBe(401);
  });
});

describe('TOK-14 without its Redis', () => {
  it('an issuer answers 503 to everybody, right or wrong, and gives no token; with it, it goes on', async () => {
    const own = await startRedis();
    onTestFinished(own.close);
    const { ports, close } = await start(own.url);
    onTestFinished(close);
    const client = await registerApplication(ports);
    const token = await getToken(ports, client);
    await own.kill();
    const asked = [
      present(ports, { basic: basicOf(client), form }),
      present(ports, { basic: 'unknown:wrong', form }),
      present(ports, { endpoint: 'introspect', basic: basicOf(client), form: { token } }),
      present(ports, { endpoint: 'revoke', basic: basicOf(client), form: { token } }),
    ];
    for (const reply of await Promise.all(asked)) {
      expect([reply.status, reply.json.error]).toEqual([503, 'temporarily_unavailable']);
      expect(reply.headers['retry-after']).toBe('1');
      expect(reply.headers['cache-control']).toBe('no-store');
      expect(reply.json).not.toHaveProperty('access_token');
    }
    await own.start();
    await untilReady(ports.admin);
    expect(await decisionOn(ports, token)).toBe(200);
    expect((await present(ports, { basic: basicOf(client), form })).status).toBe(200);
  });
});
