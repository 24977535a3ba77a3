import { afterAll, beforeAll, expect, it } from 'vitest';
import { mintToken } from '../../src/decision/token.ts';
import { bearerOf, createSession, send } from '../support/http.ts';
import { askIssuer, declareResource, grant, registerApplication, succeed } from '../support/issuer.ts';
import { SECRET_KEY } from '../support/postern.ts';
import { startOnFile } from '../support/settings-file.ts';
import { until } from './cached.ts';
import { decide, metric, readsOf, startPair, untilCoherent, untilHot } from './pair.ts';

let pair: Awaited<ReturnType<typeof startPair>>;
beforeAll(async () => {
  pair = await startPair({
    publicUrl: 'https://postern.example',
    tenants: { default: {}, acme: {} },
    policies: {
      default: {},
      bar: { scope: ['bar'] },
      api: { audience: 'https://api.example', scope: ['bar'] },
      acme: { tenant: 'acme' },
    },
  });
});
afterAll(() => pair.close());

const BAR = '/auth-request/bar';
const API = '/auth-request/api';
const ACME = '/auth-request/acme';

/** How often Redis has run this command. */
async function runs(command: string): Promise<number> {
  const info = await pair.redis.client.info('commandstats');
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}

it('CCH-01 what is held for one tenant says nothing to another, and all dialects share it', async () => {
  const { one } = pair;
  const [ours, theirs] = [
    await createSession(one.ports.admin, { subject: 'ada' }),
    await createSession(one.ports.admin, { subject: 'ada' }, 'acme'),
  ];
  await untilHot(one, ours.token);
  await untilHot(one, theirs.token, ACME);
  const decisions = [
    [ours, '/auth-request/default', 200],
    [ours, ACME, 401],
    [theirs, ACME, 200],
    [theirs, '/auth-request/default', 401],
  ] as const;
  for (const [{ token }, path, status] of [...decisions, ...decisions]) {
    expect(await decide(one, token, path)).toBe(status);
  }
  const traefik = [
    'X-Forwarded-Method',
    'GET',
    'X-Forwarded-Proto',
    'https',
    'X-Forwarded-Host',
    'a.example',
  ];
  const headers = [...bearerOf(ours), ...traefik, 'X-Forwarded-Uri', '/'];
  const reply = await send(one.ports.decision, { path: '/forward-auth/default', headers });
  expect([reply.status, reply.headers['x-auth-subject']]).toEqual([200, 'ada']);
});

it('CCH-02 a row that is held for one policy is 403 where another asks for a scope that it lacks', async () => {
  const session = await createSession(pair.one.ports.admin, { subject: 'ada', scope: ['foo'] });
  await untilHot(pair.one, session.token);
  expect(await decide(pair.one, session.token, BAR)).toBe(403);
  expect(await decide(pair.one, session.token)).toBe(200);
  expect(await decide(pair.one, session.token, BAR)).toBe(403);
});

it('CCH-03 what is held is a fact: another policy counts with the next request', async () => {
  const postern = await startOnFile('policies: { default: {} }\n', {
    POSTERN_STORE_URL: pair.redis.url,
    POSTERN_SECRET_KEY: SECRET_KEY,
  });
  await untilCoherent(postern);
  const session = await createSession(postern.ports.admin, { subject: 'ada' });
  await untilHot(postern, session.token);
  const before = await readsOf(postern, 'miss');
  await postern.replace('policies: { default: { roles: [staff] } }\n');
  await postern.reloaded('applied');
  expect(await decide(postern, session.token)).toBe(403);
  expect(await readsOf(postern, 'miss')).toBe(before);
});

it('CCH-05 a scope that another process takes back is refused, and one that it gives is there', async () => {
  const { one, other } = pair;
  const resource = 'https://api.example';
  await declareResource(one.ports, { indicator: resource, scopes: ['bar'] });
  const application = await registerApplication(one.ports);
  await grant(one.ports, application, resource, ['bar']);
  const reply = await askIssuer(one.ports, 'token', application, {
    grant_type: 'client_credentials',
    resource,
    scope: 'bar',
  });
  const token: string = JSON.parse(reply.body).access_token;
  await untilHot(other, token, API);
  await grant(one.ports, application, resource, []);
  await until(async () => (await decide(other, token, API)) === 403);
  for (let again = 0; again < 20; again += 1) expect(await decide(other, token, API)).toBe(403);
  await grant(one.ports, application, resource, ['bar']);
  await until(async () => (await decide(other, token, API)) === 200);
  await succeed(one.ports, 'DELETE', `/default/applications/${application.clientId}`);
  await until(async () => (await decide(other, token, API)) === 401);
});

it('CCH-04 a session that expires, or goes unused, while it is held is denied', async () => {
  const { one } = pair;
  const ends = await createSession(one.ports.admin, { subject: 'ada', ttlSeconds: 30, idleSeconds: 0 });
  const idles = await createSession(one.ports.admin, { subject: 'ada', idleSeconds: 30 });
  for (const { token } of [ends, idles]) await untilHot(one, token);
  one.advance(31);
  for (const { token } of [ends, idles]) expect(await decide(one, token)).toBe(401);
  one.advance(-31);
});

it('OPQ-01 a hot decision costs Redis nothing, and one about a stranger one GET, once', async () => {
  const { one } = pair;
  const session = await createSession(one.ports.admin, { subject: 'ada' });
  await untilHot(one, session.token);
  const misses = await readsOf(one, 'miss');
  for (let again = 0; again < 100; again += 1) expect(await decide(one, session.token)).toBe(200);
  expect(await readsOf(one, 'miss')).toBe(misses);
  const stranger = mintToken('nobody').token.reveal();
  for (let again = 0; again < 10; again += 1) expect(await decide(one, stranger)).toBe(401);
  expect(await readsOf(one, 'miss')).toBe(misses + 1);
});

it('CCH-11 hundreds of made-up tokens push out nothing that is there', async () => {
  const { one } = pair;
  const session = await createSession(one.ports.admin, { subject: 'ada' });
  await untilHot(one, session.token);
  for (let made = 0; made < 300; made += 1)
    expect(await decide(one, mintToken('x').token.reveal())).toBe(401);
  const [misses, hits] = [await readsOf(one, 'miss'), await readsOf(one, 'hit')];
  expect(await decide(one, session.token)).toBe(200);
  expect([await readsOf(one, 'miss'), await readsOf(one, 'hit')]).toEqual([misses, hits + 1]);
});

it('the metrics say what is held, that it is coherent, and since when', async () => {
  const { one, redis } = pair;
  const session = await createSession(one.ports.admin, { subject: 'ada' });
  await untilHot(one, session.token);
  expect(await metric(one, 'postern_cache_entries')).toBeGreaterThanOrEqual(2);
  expect(await metric(one, 'postern_cache_bytes')).toBeGreaterThan(500);
  expect(await metric(one, 'postern_cache_staleness_seconds')).toBeLessThan(4);
  const lost = () => metric(one, 'postern_cache_flushes_total', '{reason="connection_lost"}');
  const before = (await lost()) || 0;
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await until(async () => (await lost()) === before + 1);
  await untilCoherent(one);
  await untilHot(one, session.token);
  expect(await runs('client\\|tracking')).toBeGreaterThanOrEqual(3);
});
