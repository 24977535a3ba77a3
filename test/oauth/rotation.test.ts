import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { manage, send } from '../support/http.ts';
import { getToken, type Registered, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

const ROTATION_SECONDS = 3_600;
const VERIFIERS_KEEP_SECONDS = 300;
const STEP_SECONDS = 100;

const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;

async function keySetOf({ ports }: InProcess): Promise<JSONWebKeySet> {
  return JSON.parse((await send(ports.public, { path: '/oauth/v4/default/publickeys' })).body);
}

describe('TOK-17 keys that are rotated by age, under load', () => {
  it('are known to every verifier that keeps the key set for 300 s', async () => {
    const postern = await startInProcess({
      keyRotationSeconds: ROTATION_SECONDS,
      tenants: { default: { signingAlg: 'ES256', accessTokenTtl: 600 } },
    });
    const client = await registerApplication(postern.ports);
    // Verifiers that fetched at different times, and fetch again when what they keep is too old, never on a failure.
    const verifiers = await Promise.all(
      [0, 100, 200].map(async (age) => ({ age, keys: await keySetOf(postern) })),
    );
    const kids = new Set<string>();
    const live: { token: string; until: number }[] = [];
    for (let now = 0; now < 3 * ROTATION_SECONDS; now += STEP_SECONDS) {
      const tokens = await Promise.all(Array.from({ length: 3 }, () => getToken(postern.ports, client)));
      live.push(...tokens.map((token) => ({ token, until: now + 600 })));
      for (const token of tokens) kids.add(kidOf(token));
      for (const verifier of verifiers) {
        if (verifier.age > VERIFIERS_KEEP_SECONDS) {
          Object.assign(verifier, { age: 0, keys: await keySetOf(postern) });
        }
        const currentDate = new Date((systemClock() + now) * 1_000);
        for (const { token, until } of live.filter((one) => one.until > now + 5)) {
          expect(until).toBeGreaterThan(now);
          await jwtVerify(token, createLocalJWKSet(verifier.keys), { currentDate });
        }
        verifier.age += STEP_SECONDS;
      }
      live.splice(
        0,
        live.findIndex(({ until }) => until > now + STEP_SECONDS),
      );
      postern.advance(STEP_SECONDS);
    }
    expect(kids.size).toBe(3);
    await postern.close();
  });
});

describe('two replicas on one Redis', () => {
  let redis: TestRedis;
  let replicas: InProcess[];
  let client: Registered;
  beforeAll(async () => {
    redis = await startRedis();
    const settings = {
      storeUrl: redis.url,
      publicUrl: 'https://auth.example.com',
      keyRotationSeconds: ROTATION_SECONDS,
    };
    replicas = [await startInProcess(settings), await startInProcess(settings)];
    for (const { ports } of replicas) await untilReady(ports.admin);
    client = await registerApplication(first().ports);
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.close();
    await redis.close();
  });

  const first = (): InProcess => {
    const [replica] = replicas;
    if (replica === undefined) throw new Error('there is no replica');
    return replica;
  };

  /** From both at once. */
  const load = async (): Promise<string[]> => {
    const asked = Array.from({ length: 10 }, () =>
      replicas.map(({ ports }) => getToken(ports, client)),
    ).flat();
    return (await Promise.all(asked)).map(kidOf);
  };

  const list = async (): Promise<{ kid: string; state: string }[]> =>
    JSON.parse((await manage(first().ports.admin, 'GET', '/default/keys')).body).keys;

  const currentKids = async () =>
    (await list()).filter(({ state }) => state === 'current').map(({ kid }) => kid);

  /** Lets the keys be as old as they would be, by the store's own clock. */
  const age = async (seconds: number): Promise<void> => {
    const key = 'postern:{default}:registry';
    const document = JSON.parse((await redis.client.get(key)) ?? '');
    for (const one of document.registry.keys) {
      one.createdAt -= seconds;
      if (one.currentSince !== undefined) one.currentSince -= seconds;
    }
    // A version of its own, as every change has one.
    document.tag = crypto.randomUUID();
    await redis.client.mset(key, JSON.stringify(document), `${key}-version`, document.tag);
  };

  it('sign with one and the same first key, whoever is asked first', async () => {
    const kids = new Set(await load());
    expect(await currentKids()).toEqual([...kids]);
    expect(await list()).toHaveLength(2);
  });

  it('rotate once for both when the key is old enough, and never sign with two current ones', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [next] = (await list()).filter(({ state }) => state === 'next');
      await age(ROTATION_SECONDS);
      expect(new Set(await load())).toEqual(new Set([next?.kid]));
      expect(await currentKids()).toEqual([next?.kid]);
    }
    const { entries } = JSON.parse((await manage(first().ports.admin, 'GET', '/default/audit')).body);
    const rotations = entries.filter(({ action }: { action: string }) => action === 'key.rotate');
    expect(rotations).toHaveLength(5);
  });

  it('sign with the new key from the moment at which a rotation by hand was answered', async () => {
    for (let round = 0; round < 5; round += 1) {
      const underWay = load();
      const [old] = await currentKids();
      const reply = await manage(first().ports.admin, 'POST', '/default/keys/rotate', { force: true });
      expect(reply.status).toBe(200);
      const [current] = await currentKids();
      expect(current).not.toBe(old);
      expect(new Set(await load())).toEqual(new Set([current]));
      for (const kid of await underWay) expect([old, current]).toContain(kid);
    }
  });

  it('rotated by both at once, they rotate as often as both were told that they did', async () => {
    const before = (await list()).length;
    await age(600);
    const replies = await Promise.all(
      replicas.map(({ ports }) => manage(ports.admin, 'POST', '/default/keys/rotate', {})),
    );
    // The second finds a next key that verifiers do not know yet.
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(await list()).toHaveLength(before + 1);
    expect(await currentKids()).toHaveLength(1);
  });
});
