import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/proxy/presets.ts';
import { startAuthgearSite } from '../support/authgear-site.ts';
import { bearerOf, cookieOf, createSession, manage, type NewSession } from '../support/http.ts';
import { getToken, registerApplication } from '../support/issuer.ts';

const claim = (name: string) => `https://authgear.com/claims/user/${name}`;

const ADA = {
  subject: 'ada',
  roles: ['stock.view', 'stock.edit'],
  amr: ['pwd', 'otp'],
  authenticatedAt: 1_000,
  claims: {
    [claim('is_verified')]: true,
    [claim('is_anonymous')]: false,
    [claim('can_reauthenticate')]: true,
  },
};

let site: Awaited<ReturnType<typeof startAuthgearSite>>;
let ada: NewSession;
beforeAll(async () => {
  site = await startAuthgearSite();
  ada = await createSession(site.postern.ports.admin, ADA);
});
afterAll(() => site.close());

const FORGED = PRESETS.authgear.flatMap(({ name }) => [
  [name, 'forged'],
  [name.toUpperCase(), 'forged'],
  [name.toLowerCase().replaceAll('-', '_'), 'forged'],
  [name.replaceAll('-', '.'), 'forged'],
]);

/** What the application reads, of what begins as Authgear's headers do; whoever asks forges them all. */
async function seenBy(headers: readonly string[], port = site.ports.withRoles) {
  const { reply, seen } = await site.ask(port, { path: '/a?b=c', headers: [...FORGED.flat(), ...headers] });
  expect(reply.status).toBe(200);
  expect(reply.headers['x-served']).toBe('/a?b=c');
  expect(reply.headers).not.toHaveProperty('www-authenticate');
  return Object.fromEntries(Object.entries(seen ?? {}).filter(([name]) => name.startsWith('x_authgear_')));
}

const OF_ADA = {
  x_authgear_session_valid: 'true',
  x_authgear_user_id: 'ada',
  x_authgear_user_anonymous: 'false',
  x_authgear_user_verified: 'true',
  x_authgear_user_can_reauthenticate: 'true',
  x_authgear_session_amr: 'pwd,otp',
  x_authgear_session_authenticated_at: '1000',
};

describe("behind a real nginx with the configuration of Authgear's documentation", () => {
  it('a valid session is "true", with every header of it, by cookie and by token', async () => {
    const whole = { ...OF_ADA, x_authgear_user_roles: 'stock.view,stock.edit' };
    expect(await seenBy(cookieOf(ada))).toEqual(whole);
    expect(await seenBy(bearerOf(ada))).toEqual(whole);
  });

  it('HDR-02 a valid session without roles, methods and claims has none of the client either', async () => {
    const session = await createSession(site.postern.ports.admin, { subject: 'bob', authenticatedAt: 2_000 });
    expect(await seenBy(cookieOf(session))).toEqual({
      x_authgear_session_valid: 'true',
      x_authgear_user_id: 'bob',
      x_authgear_user_anonymous: 'false',
      x_authgear_user_verified: 'false',
      x_authgear_user_can_reauthenticate: 'false',
      x_authgear_session_authenticated_at: '2000',
    });
  });

  it('an anonymous user is a user, and said to be anonymous', async () => {
    const body = { subject: 'guest', claims: { [claim('is_anonymous')]: true } };
    const seen = await seenBy(cookieOf(await createSession(site.postern.ports.admin, body)));
    expect(seen).toMatchObject({
      x_authgear_session_valid: 'true',
      x_authgear_user_id: 'guest',
      x_authgear_user_anonymous: 'true',
    });
  });

  it('HDR-01 an invalid session is "false", and nothing else', async () => {
    const revoked = await createSession(site.postern.ports.admin, ADA);
    await manage(site.postern.ports.admin, 'DELETE', `/default/sessions/${revoked.id}`);
    const invalid: (readonly string[])[] = [
      cookieOf(revoked),
      bearerOf(revoked),
      ['Cookie', 'session=none-of-ours'],
      ['Authorization', 'Bearer none-of-ours'],
      ['Authorization', 'Bearer'],
    ];
    for (const headers of invalid) {
      expect(await seenBy(headers)).toEqual({ x_authgear_session_valid: 'false' });
    }
  });

  it('HDR-01 HDR-05 HDR-06 an absent session is nothing at all', async () => {
    expect(await seenBy([])).toEqual({});
    expect(await seenBy(['Cookie', 'theme=dark'])).toEqual({});
  });

  it('the session of an application is valid, and no user', async () => {
    const { ports } = site.postern;
    const token = await getToken(ports, await registerApplication(ports));
    expect(await seenBy(bearerOf({ token }))).toEqual({
      x_authgear_session_valid: 'true',
      x_authgear_session_authenticated_at: expect.stringMatching(/^\d+$/),
    });
  });

  it("their page leaves the roles out, so that the client's own pass: docs/identity-headers.md adds them", async () => {
    const { documented } = site.ports;
    expect(await seenBy(cookieOf(ada), documented)).toMatchObject(OF_ADA);
    const forged = { x_authgear_user_roles: expect.stringContaining('forged') };
    expect(await seenBy([], documented)).toEqual(forged);
  });

  it('a request with a body is resolved without it, and the application gets it', async () => {
    const body = 'x'.repeat(100_000);
    const ask = { method: 'POST', path: '/', headers: cookieOf(ada), body };
    const { reply, seen } = await site.ask(site.ports.withRoles, ask);
    expect(reply.status).toBe(200);
    expect(seen).toMatchObject({ x_authgear_user_id: 'ada', content_length: '100000' });
  });

  it('what can not be told reaches no application; a request without a session does', async () => {
    await site.redis.kill();
    const { reply, seen } = await site.ask(site.ports.withRoles, { path: '/', headers: cookieOf(ada) });
    expect(reply.status).toBe(500);
    expect(seen).toBeUndefined();
    expect(await seenBy([])).toEqual({});
  });
});
