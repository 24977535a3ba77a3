import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/proxy/presets.ts';
import {
  bearerOf,
  cookieOf,
  createSession,
  manage,
  type NewSession,
  type Reply,
  send,
} from '../support/http.ts';
import { getToken, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { createRedis, type TestRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

const POLICIES = {
  default: {},
  open: { anonymous: true },
  inside: { anonymous: true, clientNetworks: ['10.0.0.0/8'] },
  ruled: { rules: [{ path: '/**', anonymous: true }] },
};

const NOBODY = ['Cookie', 'session=none-of-ours'];

describe.each([
  ['authgear', 'X-Authgear-Session-Valid', 'X-Authgear-User-Id'],
  ['postern', 'X-Auth-Session-Valid', 'X-Auth-Subject'],
  ['x-auth-request', 'X-Auth-Session-Valid', 'X-Auth-Request-User'],
  ['remote', 'X-Auth-Session-Valid', 'Remote-User'],
] as const)('the dialect resolve with the headers of %s', (identityHeaders, valid, user) => {
  let postern: InProcess;
  let ada: NewSession;
  beforeAll(async () => {
    postern = await startInProcess({ identityHeaders, policies: POLICIES });
    ada = await createSession(postern.ports.admin, { subject: 'ada' });
  });
  afterAll(() => postern.close());

  const ask = (path: string, headers: readonly string[] = [], method = 'GET') =>
    send(postern.ports.decision, { method, path, headers });

  /** Every value of a header. */
  const valuesOf = ({ rawHeaders }: Reply, name: string) =>
    rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1] === name);

  async function expectAnswer(headers: readonly string[], validity: string, subject: string) {
    const reply = await ask('/resolve/open', headers);
    expect(reply.status).toBe(200);
    expect(reply.body).toBe('');
    expect(valuesOf(reply, valid)).toEqual([validity]);
    expect(valuesOf(reply, user)).toEqual([subject]);
    expect(reply.headers).not.toHaveProperty('www-authenticate');
    expect(reply.headers).toMatchObject({ 'content-length': '0', 'cache-control': 'no-store' });
  }

  it('says "true" and who it is of a live session', async () => {
    await expectAnswer(cookieOf(ada), 'true', 'ada');
    await expectAnswer(bearerOf(ada), 'true', 'ada');
  });

  it('says nothing where there is no credential', async () => {
    await expectAnswer([], '', '');
    await expectAnswer(['Authorization', 'Basic YTpi'], '', '');
    await expectAnswer(['Cookie', 'theme=dark'], '', '');
  });

  it('says "false" and nobody of every credential that is no live session', async () => {
    const bob = await createSession(postern.ports.admin, { subject: 'bob' });
    await expectAnswer(cookieOf(bob), 'true', 'bob');
    await manage(postern.ports.admin, 'DELETE', `/default/sessions/${bob.id}`);
    const dead: (readonly string[])[] = [
      cookieOf(bob),
      bearerOf(bob),
      NOBODY,
      ['Authorization', 'Bearer none-of-ours'],
      ['Authorization', 'Bearer a.b.c'],
      ['Authorization', 'Bearer'],
      ['Authorization', 'Bearer none-of-ours', ...cookieOf(ada)],
      ['Authorization', `Bearer ${ada.token}`, 'Authorization', `Bearer ${ada.token}`],
      ['Cookie', `session=${ada.token}; session=${ada.token}`],
    ];
    for (const headers of dead) await expectAnswer(headers, 'false', '');
  });

  it('HDR-01 carries every header on every 200, and no forged one', async () => {
    const names = async (headers: readonly string[]) =>
      (await ask('/resolve/open', [valid, 'true', user, 'forged', ...headers])).rawHeaders
        .filter((_, index) => index % 2 === 0)
        .filter((name) => /^(?:X-Auth|Remote-)/.test(name));
    const all = await names(cookieOf(ada));
    expect(all).toEqual([...new Set([...PRESETS[identityHeaders].map(({ name }) => name), valid])]);
    for (const headers of [[], NOBODY, ['Authorization', 'Bearer']]) {
      expect(await names(headers)).toEqual(all);
      await expectAnswer([valid, 'true', user, 'forged', ...headers], headers.length > 0 ? 'false' : '', '');
    }
  });

  it('HDR-15 is the same for every method', async () => {
    for (const method of ['HEAD', 'POST', 'OPTIONS', 'DELETE']) {
      const reply = await ask('/resolve/open', cookieOf(ada), method);
      expect([reply.status, reply.headers[valid.toLowerCase()]]).toEqual([200, 'true']);
    }
  });

  it('names an application in no header of a user', async () => {
    const client = await registerApplication(postern.ports);
    const headers = bearerOf({ token: await getToken(postern.ports, client) });
    await expectAnswer(headers, 'true', identityHeaders === 'postern' ? client.clientId : '');
  });

  it.each(['default', 'ruled', 'none'])('is not there for the policy %s', async (policy) => {
    const reply = await ask(`/resolve/${policy}`, cookieOf(ada));
    expect([reply.status, valuesOf(reply, valid), valuesOf(reply, user)]).toEqual([404, [], []]);
  });

  it('is the only dialect that adds whether a session is valid', async () => {
    const reply = await ask('/forward-auth/open', cookieOf(ada));
    expect(valuesOf(reply, valid)).toEqual(identityHeaders === 'authgear' ? ['true'] : []);
  });

  it('HDR-03 carries nothing where the policy lets nobody of that network ask', async () => {
    const reply = await ask('/resolve/inside', cookieOf(ada));
    expect([reply.status, valuesOf(reply, valid), valuesOf(reply, user)]).toEqual([403, [], []]);
  });
});

describe('the dialect resolve, of a caller that is not trusted', () => {
  it('says nothing, whatever it presents', async () => {
    const strict = await startInProcess({ trustedProxies: ['192.0.2.0/24'], policies: POLICIES });
    const ada = await createSession(strict.ports.admin, { subject: 'ada' });
    const reply = await send(strict.ports.decision, { path: '/resolve/open', headers: cookieOf(ada) });
    expect(reply.status).toBe(403);
    expect(reply.rawHeaders.filter((name) => name.startsWith('X-Auth'))).toEqual([]);
    await strict.close();
  });
});

describe('the dialect resolve, without its store', () => {
  let redis: TestRedis;
  let postern: InProcess;
  beforeAll(async () => {
    redis = await createRedis();
    await redis.start();
    postern = await startInProcess({ storeUrl: redis.url, policies: POLICIES, identityHeaders: 'authgear' });
    await untilReady(postern.ports.admin);
  });
  afterAll(async () => {
    await postern.close();
    await redis.close();
  });

  it('can not tell, which is neither "true" nor "false"; who presents nothing has no session all the same', async () => {
    const ada = await createSession(postern.ports.admin, { subject: 'ada' });
    await redis.kill();
    const ask = (headers: readonly string[]) =>
      send(postern.ports.decision, { path: '/resolve/open', headers });
    const reply = await ask(cookieOf(ada));
    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toBe('1');
    expect(reply.rawHeaders.filter((name) => name.startsWith('X-Auth'))).toEqual([]);
    const anonymous = await ask([]);
    expect([anonymous.status, anonymous.headers['x-authgear-session-valid']]).toEqual([200, '']);
  });
});
