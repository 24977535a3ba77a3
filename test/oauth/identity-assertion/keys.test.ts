import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertionOf, UPSTREAM, verifyByJose } from '../../support/asserted.ts';
import { cookieOf, createSession, manage, type NewSession, send } from '../../support/http.ts';
import {
  declareResource,
  decodeToken,
  getToken,
  grant,
  registerApplication,
  succeed,
} from '../../support/issuer.ts';
import { type InProcess, startInProcess } from '../../support/postern.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { untilReady } from '../../support/site.ts';

const DAY = 86_400;
const REGISTRY = 'postern:{default}:registry';

let redis: TestRedis;
let one: InProcess;
let other: InProcess;
let session: NewSession;
beforeAll(async () => {
  redis = await startRedis();
  const settings = {
    storeUrl: redis.url,
    keyRotationSeconds: DAY,
    policies: { default: {}, asserted: { assertionAudience: UPSTREAM } },
  };
  [one, other] = [await startInProcess(settings), await startInProcess(settings)];
  for (const { ports } of [one, other]) await untilReady(ports.admin);
  session = await createSession(one.ports.admin, { subject: 'ada' });
});
afterAll(async () => {
  await one.close();
  await other.close();
  await redis.close();
});

const kidBy = async (replica: InProcess): Promise<string> =>
  decodeToken(await assertionOf(replica, session)).header.kid;

const rotate = (replica: InProcess) =>
  succeed(replica.ports, 'POST', '/default/keys/rotate', { force: true });

const statusOf = async (policy: string) =>
  (await send(one.ports.decision, { path: `/auth-request/${policy}`, headers: cookieOf(session) })).status;

describe('a key', () => {
  it('that was rotated signs nothing that is handed out, from the answer to the rotation on', async () => {
    const before = await kidBy(one);
    await rotate(one);
    const after = await assertionOf(one, session);
    expect(decodeToken(after).header.kid).not.toBe(before);
    await expect(verifyByJose(one.ports, after)).resolves.toMatchObject({ sub: 'ada' });
  });

  it('that was killed on another replica signs nothing that is handed out, after a second', async () => {
    const killed = await kidBy(one);
    expect(await kidBy(other)).toBe(killed);
    await rotate(other);
    await succeed(other.ports, 'DELETE', `/default/keys/${killed}`);
    one.advance(1);
    expect(await kidBy(one)).toBe(await kidBy(other));
    await expect(verifyByJose(one.ports, await assertionOf(one, session))).resolves.toBeDefined();
  });

  it('that is old enough is rotated by what it signs here too', async () => {
    const before = await kidBy(one);
    await age(DAY);
    one.advance(1);
    expect(await kidBy(one)).not.toBe(before);
  });

  it('that is old signs on where the store takes no new one', async () => {
    const before = await kidBy(one);
    await age(DAY);
    await redis.client.config('SET', 'maxmemory', '1');
    one.advance(61);
    const [during, paused] = [await kidBy(one), await kidBy(one)];
    await redis.client.config('SET', 'maxmemory', '0');
    expect([during, paused]).toEqual([before, before]);
  });
});

describe('what changes while a token lives', () => {
  it('is said at once: a scope that was taken away is in no assertion', async () => {
    const resource = 'https://api.example.com/changing';
    await declareResource(one.ports, { indicator: resource, scopes: ['read', 'write'] });
    const client = await registerApplication(one.ports);
    await grant(one.ports, client, resource, ['read', 'write']);
    const headers = ['Authorization', `Bearer ${await getToken(one.ports, client, { resource })}`];
    const scope = async () => {
      const reply = await send(one.ports.decision, { path: '/auth-request/asserted', headers });
      return decodeToken(String(reply.headers['x-auth-assertion'])).claims.scope;
    };
    expect(await scope()).toBe('read write');
    await grant(one.ports, client, resource, ['read']);
    expect(await scope()).toBe('read');
  });

  it('is said of the rotated session, by its new id', async () => {
    const before = await createSession(one.ports.admin, { subject: 'ada', roles: ['staff'] });
    await assertionOf(one, before);
    const body = { roles: ['admin'] };
    const rotated = await manage(one.ports.admin, 'POST', `/default/sessions/${before.id}/rotate`, body);
    const after: NewSession = JSON.parse(rotated.body);
    const { claims } = decodeToken(await assertionOf(one, after));
    expect([claims.sid, claims.roles]).toEqual([after.id, ['admin']]);
  });
});

describe('keys that can not be told', () => {
  it('make it 503 where there is an assertion to sign, and nowhere else', async () => {
    const document = (await redis.client.get(REGISTRY)) ?? '';
    await redis.client.mset(REGISTRY, 'broken', `${REGISTRY}-version`, 'broken');
    one.advance(1);
    expect([await statusOf('asserted'), await statusOf('default')]).toEqual([503, 200]);
    const { tag } = JSON.parse(document);
    await redis.client.mset(REGISTRY, document, `${REGISTRY}-version`, tag);
    expect([await statusOf('asserted'), await statusOf('default')]).toEqual([200, 200]);
  });
});

/** Lets the keys be as old as they would be, by the store's own clock. */
async function age(seconds: number): Promise<void> {
  const document = JSON.parse((await redis.client.get(REGISTRY)) ?? '');
  for (const key of document.registry.keys) {
    key.createdAt -= seconds;
    if (key.currentSince !== undefined) key.currentSince -= seconds;
  }
  document.tag = crypto.randomUUID();
  await redis.client.mset(REGISTRY, JSON.stringify(document), `${REGISTRY}-version`, document.tag);
}
