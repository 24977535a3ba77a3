import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { mintToken } from '../../src/decision/token.ts';
import { bearerOf, cookieOf, createSession, manage, send } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { untilReady } from '../support/site.ts';
import { openTestRedis } from '../support/stores.ts';

let redis: TestRedis;
let postern: InProcess;
let other: InProcess;
beforeAll(async () => {
  redis = await startRedis();
  // Without what is held in memory: here it is counted what the store is asked.
  const settings = { storeUrl: redis.url, cache: { maxEntries: 0 } };
  postern = await startInProcess(settings);
  other = await startInProcess(settings);
  for (const { ports } of [postern, other]) {
    await untilReady(ports.admin);
    // Until its store has agreed on the secret key, which it asks for by itself, a replica declares nothing.
    while ((await manage(ports.admin, 'GET', '/default/keys')).status !== 200);
  }
});
afterAll(async () => {
  await postern.close();
  await other.close();
  await redis.close();
});

const ask = (headers: readonly string[], at = postern) =>
  send(at.ports.decision, { path: '/auth-request/default', headers });

const NOT_OURS = ['config|resetstat', 'info', 'exists', 'echo'];

/** How often the server has run each command, since it was last asked. */
async function commandsDuring(work: () => Promise<unknown>): Promise<Record<string, number>> {
  await redis.client.config('RESETSTAT');
  await work();
  const info = await redis.client.info('commandstats');
  const counted = [...info.matchAll(/^cmdstat_([a-z|]+):calls=(\d+)/gm)];
  const calls = new Map(counted.map(([, name, number]) => [name, Number(number)]));
  // Once a second each replica probes by a GET and an ECHO, which nothing else sends; and it may look for warnings.
  calls.set('get', (calls.get('get') ?? 0) - (calls.get('echo') ?? 0));
  const ours = [...calls].filter(([name, number]) => !NOT_OURS.includes(name ?? '') && number > 0);
  return Object.fromEntries(ours);
}

describe('a decision', () => {
  it('OPQ-01 reads the row once, for a session that is there and for one that is not', async () => {
    const session = await createSession(postern.ports.admin, { subject: 'ada' });
    expect(await commandsDuring(() => ask(cookieOf(session)))).toEqual({ get: 1 });
    const stranger = { token: mintToken('nobody').token.reveal() };
    expect(
      await commandsDuring(async () => expect((await ask(bearerOf(stranger))).status).toBe(401)),
    ).toEqual({ get: 1 });
  });

  it('OPQ-04 SES-05 SES-15 never reaches the store with nothing, or with what is no token', async () => {
    const hostile = [
      '*',
      '{tag}',
      ':',
      'postern:{default.00}:session:x',
      '%00',
      'a'.repeat(8_000),
      '..',
      '$(reboot)',
    ];
    const commands = await commandsDuring(async () => {
      expect((await ask([])).status).toBe(401);
      for (const value of hostile) {
        expect((await ask(['Cookie', `session=${value}`])).status).toBe(401);
        expect((await ask(['Authorization', `Bearer ${value}`])).status).toBe(401);
      }
    });
    expect(commands).toEqual({});
  });

  it('OPQ-09 is 503 for a row of the wrong type, counted, and the process lives', async () => {
    const session = await createSession(postern.ports.admin, { subject: 'ada' });
    const key = `postern:{default.${session.id.slice(0, 2)}}:session:${session.id}`;
    await redis.client.del(key);
    await redis.client.lpush(key, 'x');
    const reply = await ask(cookieOf(session));
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
    expect(await postern.metrics()).toContain('operation="find",result="store_refused"} 1');
    expect((await ask(cookieOf(await createSession(postern.ports.admin, { subject: 'ada' })))).status).toBe(
      200,
    );
    expect((await manage(postern.ports.admin, 'DELETE', `/default/sessions/${session.id}`)).status).toBe(204);
    expect((await ask(cookieOf(session))).status).toBe(401);
  });

  it('SES-08 sees a revocation by another replica, or by hand, at once', async () => {
    const [one, two] = [
      await createSession(postern.ports.admin, { subject: 'ada' }),
      await createSession(postern.ports.admin, { subject: 'ada' }),
    ];
    expect((await ask(cookieOf(one), other)).status).toBe(200);
    await manage(postern.ports.admin, 'DELETE', `/default/sessions/${one.id}`);
    expect((await ask(cookieOf(one), other)).status).toBe(401);
    await redis.client.del(`postern:{default.${two.id.slice(0, 2)}}:session:${two.id}`);
    expect((await ask(cookieOf(two), other)).status).toBe(401);
  });
});

describe('using a session', () => {
  it('SES-10 writes once for a storm of requests to two replicas, and nothing until it is due again', async () => {
    const session = await createSession(postern.ports.admin, { subject: 'ada', idleSeconds: 600 });
    const storm = () =>
      Promise.all(
        Array.from({ length: 200 }, (_, index) => ask(cookieOf(session), index % 2 === 0 ? postern : other)),
      );
    expect(await commandsDuring(storm)).toEqual({ get: 200 });
    postern.advance(61);
    other.advance(61);
    const { set } = await commandsDuring(async () => {
      await storm();
      await untilTouched(session.id);
      await storm();
    });
    expect(set).toBe(1);
  });

  async function untilTouched(id: string): Promise<void> {
    for (;;) {
      const { lastSeenAt, createdAt } = JSON.parse(
        (await manage(postern.ports.admin, 'GET', `/default/sessions/${id}`)).body,
      );
      if (lastSeenAt > createdAt) return;
    }
  }
});

describe('the rows of a subject', () => {
  it('SES-14 ten thousand are revoked by one command', async () => {
    const { store, redis: own, close } = await openTestRedis();
    onTestFinished(close);
    const sessions = Array.from({ length: 10_000 }, () => sessionOf({ subject: 'everywhere' }));
    for (let from = 0; from < sessions.length; from += 50) {
      await Promise.all(sessions.slice(from, from + 50).map((session) => store.table.create(session)));
    }
    const bystander = sessionOf({ subject: 'elsewhere' });
    await store.table.create(bystander);
    expect(await own.client.dbsize()).toBe(10_000 + 2 + 3);
    await own.client.config('RESETSTAT');
    await store.table.revokeSubject('default', 'everywhere');
    expect(await own.client.info('commandstats')).toContain('cmdstat_eval:calls=1,');
    expect(await own.client.dbsize()).toBe(3);
    expect((await store.findRow('default', bystander.id))?.session).toEqual(bystander);
  });

  it('share one hash tag, and nothing of a key is what somebody wrote', async () => {
    const { store, redis: own, close } = await openTestRedis();
    onTestFinished(close);
    await store.table.create(sessionOf({ subject: '{evil}:* \r\n' }));
    const keys = await own.client.keys('*');
    expect(keys).toHaveLength(3);
    expect(new Set(keys.map((key) => /\{default\.[0-9a-v]{2}\}/.exec(key)?.[0])).size).toBe(1);
    for (const key of keys) expect(key).toMatch(/^postern:\{default\.[0-9a-v]{2}\}:[a-z-]+:[A-Za-z0-9_.-]+$/);
  });

  it('leave the lists when their time is over', async () => {
    const { store, redis: own, close } = await openTestRedis();
    onTestFinished(close);
    const now = Math.floor(Date.now() / 1000);
    const short = sessionOf({ subject: 'ada', expiresAt: now + 1 });
    await store.table.create(short);
    while ((await store.findRow('default', short.id)) !== undefined);
    await store.table.create(sessionOf({ subject: 'ada' }));
    const [list = ''] = await own.client.keys('*:sessions-of:*');
    const [ends = ''] = await own.client.keys('*:session-ends-of:*');
    expect([await own.client.zcard(list), await own.client.zcard(ends)]).toEqual([1, 1]);
    expect(await own.client.pttl(list)).toBeGreaterThan(3_000_000);
  });
});

describe('a server that can lose what it was told', () => {
  it('is warned of on /readyz', async () => {
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await redis.client.config('SET', 'appendonly', 'no');
    const late = await startInProcess({ storeUrl: redis.url });
    await untilReady(late.ports.admin);
    for (;;) {
      const { warnings } = JSON.parse((await send(late.ports.admin, { path: '/readyz' })).body);
      if (warnings.length === 0) continue;
      expect(warnings.join(' ')).toMatch(/allkeys-lru.*appendonly/s);
      break;
    }
    await late.close();
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.client.config('SET', 'appendonly', 'yes');
  });

  it('RDS-16 when full, still decides and revokes, and creates nothing', async () => {
    const session = await createSession(postern.ports.admin, { subject: 'ada' });
    const another = await createSession(postern.ports.admin, { subject: 'ada' });
    await redis.client.config('SET', 'maxmemory', '1');
    expect((await ask(cookieOf(session))).status).toBe(200);
    expect((await manage(postern.ports.admin, 'POST', '/default/sessions', { subject: 'ada' })).status).toBe(
      503,
    );
    expect((await manage(postern.ports.admin, 'DELETE', `/default/sessions/${session.id}`)).status).toBe(204);
    expect((await ask(cookieOf(session))).status).toBe(401);
    expect((await ask(cookieOf(another))).status).toBe(200);
    expect((await manage(postern.ports.admin, 'DELETE', '/default/sessions?subject=ada')).status).toBe(204);
    expect((await ask(cookieOf(another))).status).toBe(401);
    await redis.client.config('SET', 'maxmemory', '0');
  });
});

describe('a server that refuses us', () => {
  const readyOf = async ({ ports }: InProcess) => (await send(ports.admin, { path: '/readyz' })).status;

  async function startAgainst(storeUrl: string): Promise<InProcess> {
    const started = await startInProcess({ storeUrl });
    onTestFinished(started.close);
    return started;
  }

  it.each([
    ['has no database of that number', /^ERR DB index/, (url: string) => `${url}/99`],
    ['knows another password', /^WRONGPASS/, (url: string) => url.replace('://', '://nobody:wrong@')],
    ['lets the user read nothing', /^NOPERM/, (url: string) => url.replace('://', '://nobody:secret@')],
  ])('since it %s is not ready, and never asked elsewhere', async (_, reason, urlOf) => {
    await redis.client.acl('SETUSER', 'nobody', 'on', '>secret', '~*', '+@all', '-get');
    const refused = await startAgainst(urlOf(redis.url));
    expect(await refused.down).toMatch(reason);
    const before = await redis.client.dbsize();
    const headers = bearerOf({ token: mintToken('ada').token.reveal() });
    for (let round = 0; round < 10; round += 1) {
      expect((await send(refused.ports.decision, { path: '/auth-request/default', headers })).status).toBe(
        503,
      );
      expect(
        (await manage(refused.ports.admin, 'POST', '/default/sessions', { subject: 'ada' })).status,
      ).toBe(503);
      expect(await readyOf(refused)).toBe(503);
    }
    expect(await redis.client.dbsize()).toBe(before);
  });

  it('and then does not is ready by itself', async () => {
    await redis.client.acl('SETUSER', 'late', 'off', '>secret', '~*', '+@all');
    const late = await startAgainst(redis.url.replace('://', '://late:secret@'));
    expect(await late.down).toMatch(/^WRONGPASS/);
    await redis.client.acl('SETUSER', 'late', 'on');
    await untilReady(late.ports.admin);
  });
});
