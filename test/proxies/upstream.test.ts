import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { valuesOf } from '../../src/lib/http-server.ts';
import { bearerOf, cookieOf, createSession, manage, send } from '../support/http.ts';
import { startUpstreamSite } from '../support/upstream-site.ts';

let site: Awaited<ReturnType<typeof startUpstreamSite>>;
beforeAll(async () => {
  site = await startUpstreamSite();
});
afterAll(() => site.close());

/** What the application saw of a request that passed. */
async function seenOf(path: string, headers: readonly string[]) {
  const before = site.app.seen.length;
  const { status } = await site.ask({ path, headers });
  expect(status).toBe(200);
  const seen = site.app.seen[before] ?? [];
  return (name: string) => valuesOf(seen, name);
}

/** The largest number up to `limit` of which it is so; it is so of every smaller one. */
async function largest(limit: number, isSo: (count: number) => Promise<boolean>): Promise<number> {
  let [low, high] = [0, limit];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await isSo(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

const create = (name: string) =>
  manage(site.postern.ports.admin, 'POST', '/default/sessions', { subject: 'ada', claims: { name } });

/** As many quotes as the assertion takes: each is one byte of a header, and two of JSON. */
async function largestSession() {
  const room = await largest(3_072, async (length) => (await create('n'.repeat(length))).status === 201);
  const nameOf = (quotes: number) => '"'.repeat(quotes) + 'n'.repeat(room - quotes);
  const statusOf = async (quotes: number) => {
    const { token } = JSON.parse((await create(nameOf(quotes))).body);
    const headers = cookieOf({ token });
    return (await send(site.postern.ports.decision, { path: '/auth-request/asserted', headers })).status;
  };
  const quotes = await largest(room, async (count) => (await statusOf(count)) === 200);
  return { quotes, room, name: nameOf(quotes), beyond: nameOf(quotes + 1) };
}

describe('PRX-08 through a real nginx', () => {
  it('the largest identity passes with the largest assertion and the most cookies', async () => {
    const { name, quotes, room } = await largestSession();
    expect(room).toBeGreaterThan(2_500);
    expect(quotes).toBeLessThan(room);
    const { token } = JSON.parse((await create(name)).body);
    // nginx takes lines of 8 KiB from a client.
    const others = `a=${'c'.repeat(8_000)}`;
    const headers = ['Cookie', others, 'Cookie', `session=${token}`];
    const seen = await seenOf('/all/', headers);
    expect(seen('x-auth-name')).toEqual([name]);
    const [assertion = ''] = seen('x-auth-assertion');
    expect(assertion.length).toBeGreaterThan(6_100);
    expect(assertion.length).toBeLessThanOrEqual(6_144);
    expect(seen('cookie')).toEqual([others]);
  });

  it('HDR-12 one byte more is forbidden, and not an error', async () => {
    const { token } = JSON.parse((await create((await largestSession()).beyond)).body);
    const reply = await site.ask({ path: '/asserted/', headers: cookieOf({ token }) });
    expect(reply.status).toBe(403);
    expect((await site.ask({ path: '/', headers: cookieOf({ token }) })).status).toBe(200);
  });
});

describe('an assertion that the client wrote', () => {
  it.each(['/', '/open/'])('never reaches an application whose policy has none: %s', async (path) => {
    const session = await createSession(site.postern.ports.admin, { subject: 'ada' });
    const seen = await seenOf(path, [...cookieOf(session), 'X-Auth-Assertion', 'forged']);
    expect(seen('x-auth-assertion')).toEqual([]);
  });

  it('is replaced where the policy has one', async () => {
    const session = await createSession(site.postern.ports.admin, { subject: 'ada' });
    const seen = await seenOf('/asserted/', [...cookieOf(session), 'X-Auth-Assertion', 'forged']);
    expect(seen('x-auth-assertion')).toEqual([expect.stringMatching(/^eyJ/)]);
  });
});

describe('credentials, stripped by a real nginx', () => {
  it('leave the client its other cookies, of every line, in their order', async () => {
    const { token } = await createSession(site.postern.ports.admin, { subject: 'ada' });
    const headers = ['Cookie', `a=1; session=${token}; b="2"`, 'Cookie', 'c=3'];
    expect((await seenOf('/all/', headers))('cookie')).toEqual(['a=1; b="2"; c=3']);
  });

  it('leave no header where nothing is left', async () => {
    const session = await createSession(site.postern.ports.admin, { subject: 'ada' });
    expect((await seenOf('/all/', cookieOf(session)))('cookie')).toEqual([]);
    expect((await seenOf('/all/', bearerOf(session)))('authorization')).toEqual([]);
  });

  it('are taken from who passes as anonymous too', async () => {
    const headers = ['Cookie', 'a=1; session=dead', 'Authorization', 'Basic YTpi'];
    const seen = await seenOf('/open/', headers);
    expect([seen('cookie'), seen('authorization')]).toEqual([['a=1'], []]);
  });

  it('reach the application where the location does not strip them', async () => {
    const session = await createSession(site.postern.ports.admin, { subject: 'ada' });
    expect((await seenOf('/asserted/', cookieOf(session)))('cookie')).toEqual([`session=${session.token}`]);
  });
});
