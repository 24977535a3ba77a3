import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { type Call, describedCalls } from '../support/described.ts';
import { askIssuer, decisionOn, getToken, type Registered, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let call: Call;
beforeAll(async () => {
  postern = await startInProcess();
  call = await describedCalls(postern.ports);
});
afterAll(() => postern.close());

const now = async () => {
  const { json } = await call('GET', '/audit?limit=1');
  return Number(json.entries[0].at);
};
const application = async () => {
  const client = await registerApplication(postern.ports);
  return { client, path: `/applications/${client.clientId}/secrets` };
};
const namesAt = async (path: string) =>
  (await call('GET', path)).json.secrets.map(({ name }: { name: string }) => name);
/** The status of a token request. */
const tokenWith = async (client: Registered, secret: string) => {
  const grant = { grant_type: 'client_credentials' };
  return (await askIssuer(postern.ports, 'token', { ...client, secret }, grant)).status;
};

describe('the secrets of an application', () => {
  it('are listed by name, without value or digest', async () => {
    const { path, client } = await application();
    const reply = await call('GET', path);
    expect(reply.json).toEqual({ secrets: [{ name: 'default', createdAt: expect.any(Number) }] });
    expect(reply.body).not.toContain(client.secret);
  });

  it('one more is shown this once, and works beside the first', async () => {
    const { path, client } = await application();
    const reply = await call('POST', path, { name: 'second' });
    expect([reply.status, reply.headers['cache-control']]).toEqual([201, 'no-store']);
    expect(reply.json).toEqual({ name: 'second', createdAt: expect.any(Number), secret: expect.any(String) });
    expect(reply.json.secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect((await call('GET', path)).body).not.toContain(reply.json.secret);
    expect(await tokenWith(client, client.secret)).toBe(200);
    expect(await tokenWith(client, reply.json.secret)).toBe(200);
  });

  it('are five at most, and a name is taken once', async () => {
    const { path } = await application();
    expect((await call('POST', path, { name: 'default' })).status).toBe(422);
    for (const name of ['b', 'c', 'd', 'e']) expect((await call('POST', path, { name })).status).toBe(201);
    const sixth = await call('POST', path, { name: 'f' });
    expect([sixth.status, sixth.json.detail]).toEqual([422, expect.stringContaining('5')]);
    expect(await namesAt(path)).toEqual(['default', 'b', 'c', 'd', 'e']);
    expect((await call('DELETE', `${path}/c`)).status).toBe(204);
    expect((await call('POST', path, { name: 'f' })).status).toBe(201);
  });

  it.each(['', 'x'.repeat(51), 'a b', 'a/b', 'é', '..%2f', 'a\n'])('is never called %j', async (name) => {
    const { path } = await application();
    expect((await call('POST', path, { name })).status).toBe(400);
  });

  it('works until it expires, and then its tokens live out', async () => {
    const { path, client } = await application();
    const expiresAt = (await now()) + 100;
    const made = (await call('POST', path, { name: 'short', expiresAt })).json;
    expect(made.expiresAt).toBe(expiresAt);
    const token = await getToken(postern.ports, { ...client, secret: made.secret });
    postern.advance(101);
    expect(await tokenWith(client, made.secret)).toBe(401);
    expect(await decisionOn(postern.ports, token)).toBe(200);
    // As long as they may, it is shown, and can be taken away with them.
    expect(await namesAt(path)).toEqual(['default', 'short']);
    expect((await call('DELETE', `${path}/short`)).status).toBe(204);
    expect(await decisionOn(postern.ports, token)).toBe(401);
    expect(await namesAt(path)).toEqual(['default']);
  });

  it('that has expired leaves its name free', async () => {
    const { path, client } = await application();
    await call('POST', path, { name: 'again', expiresAt: (await now()) + 10 });
    postern.advance(11);
    const next = await call('POST', path, { name: 'again' });
    expect([next.status, Object.hasOwn(next.json, 'expiresAt')]).toEqual([201, false]);
    expect(await tokenWith(client, next.json.secret)).toBe(200);
  });

  it('never begins in the past', async () => {
    const { path } = await application();
    const reply = await call('POST', path, { name: 'late', expiresAt: Math.floor(systemClock()) - 1 });
    expect([reply.status, reply.json.detail]).toEqual([400, expect.stringContaining('seconds')]);
  });

  it('says when it was last used, to the minute, once it was', async () => {
    const { path, client } = await application();
    expect((await call('GET', path)).json.secrets[0]).not.toHaveProperty('lastUsedAt');
    await getToken(postern.ports, client);
    const used = await lastUse(path, 0);
    const { createdAt } = (await call('GET', path)).json.secrets[0];
    expect(Math.abs(used - createdAt)).toBeLessThanOrEqual(60);
    postern.advance(3_600);
    await getToken(postern.ports, client);
    expect((await lastUse(path, used)) - createdAt).toBeGreaterThanOrEqual(3_540);
  });

  it('a name that is given again was not used by the one before', async () => {
    const { path, client } = await application();
    await getToken(postern.ports, client);
    await lastUse(path, 0);
    await call('DELETE', `${path}/default`);
    await call('POST', path, { name: 'default' });
    expect((await call('GET', path)).json.secrets).toEqual([
      { name: 'default', createdAt: expect.any(Number) },
    ]);
  });
});

describe('a secret that is deleted', () => {
  it('takes its tokens with it, and no others', async () => {
    const { path, client } = await application();
    const { secret } = (await call('POST', path, { name: 'second' })).json;
    const [first, second] = [
      await getToken(postern.ports, client),
      await getToken(postern.ports, { ...client, secret }),
    ];
    expect((await call('DELETE', `${path}/default`)).status).toBe(204);
    expect(await tokenWith(client, client.secret)).toBe(401);
    expect(await decisionOn(postern.ports, first)).toBe(401);
    expect(await decisionOn(postern.ports, second)).toBe(200);
    expect((await call('DELETE', `${path}/default`)).status).toBe(404);
  });

  it('does not bring its tokens back where its name is given again', async () => {
    const { path, client } = await application();
    const token = await getToken(postern.ports, client);
    await call('DELETE', `${path}/default`);
    await call('POST', path, { name: 'default' });
    expect(await decisionOn(postern.ports, token)).toBe(401);
  });
});

describe('rotation', () => {
  it('with a grace leaves the old one working until it is over, and its tokens to their end', async () => {
    const { path, client } = await application();
    const token = await getToken(postern.ports, client);
    const reply = await call('POST', `${path}/rotate`, { graceSeconds: 300 });
    expect(reply.status).toBe(201);
    postern.advance(290);
    expect(await tokenWith(client, client.secret)).toBe(200);
    postern.advance(20);
    expect(await tokenWith(client, client.secret)).toBe(401);
    expect(await tokenWith(client, reply.json.secret)).toBe(200);
    expect(await decisionOn(postern.ports, token)).toBe(200);
    expect(await namesAt(path)).toEqual(['default', reply.json.name]);
  });

  it('without one ends all others at once, and their tokens', async () => {
    const { path, client } = await application();
    await call('POST', path, { name: 'second' });
    const token = await getToken(postern.ports, client);
    const { secret, name } = (await call('POST', `${path}/rotate`)).json;
    expect(await tokenWith(client, client.secret)).toBe(401);
    expect(await decisionOn(postern.ports, token)).toBe(401);
    expect(await tokenWith(client, secret)).toBe(200);
    expect(await namesAt(path)).toEqual([name]);
  });

  it('never lengthens what was to end sooner', async () => {
    const { path, client } = await application();
    const { secret } = (await call('POST', path, { name: 'short', expiresAt: (await now()) + 50 })).json;
    await call('POST', `${path}/rotate`, { graceSeconds: 1_000 });
    postern.advance(60);
    expect(await tokenWith(client, secret)).toBe(401);
    expect(await tokenWith(client, client.secret)).toBe(200);
  });

  it.each([-1, 0.5, 30 * 86_400 + 1, '60'])('takes no grace of %j', async (graceSeconds) => {
    const { path, client } = await application();
    expect((await call('POST', `${path}/rotate`, { graceSeconds })).status).toBe(400);
    expect(await tokenWith(client, client.secret)).toBe(200);
  });
});

/** Noted after the token is given, so it is asked for until it is later than `after`. */
async function lastUse(path: string, after: number): Promise<number> {
  for (;;) {
    const { lastUsedAt = 0 } = (await call('GET', path)).json.secrets[0];
    if (lastUsedAt > after) return lastUsedAt;
  }
}
