import { afterEach, expect, it } from 'vitest';
import { startApp } from '../../support/app.ts';
import { type Ask, send } from '../../support/http.ts';
import { FORWARDING } from '../../support/proxies/forwarding.ts';
import { describeProxies } from '../../support/proxies/proxies.ts';
import type { ProxyKind } from '../../support/proxies/proxy.ts';
import { answerWith, EMPTY_IDENTITY, startResolver } from '../../support/proxies/resolver.ts';
import { FORGED, fold, PASSED_ON } from '../../support/site.ts';

const closers: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const IDENTITY = PASSED_ON.map((name) => `${name}: true-${name}`);

/** One request before a resolver that allows with these headers; what it was asked, and what the application saw. */
async function pass(proxy: ProxyKind, answer: readonly string[], ask: Ask) {
  const resolver = await startResolver(answerWith(200, answer));
  closers.push(resolver.close);
  const app = await startApp();
  closers.push(app.close);
  const { port, close } = await proxy.start(resolver.port, app.port);
  closers.push(close);
  const { status } = await send(port, ask);
  expect([status, app.seen.length, resolver.asked.length]).toEqual([200, 1, 1]);
  const asked: Readonly<Record<string, string | undefined>> = {
    ...resolver.asked[0]?.headers,
    line: resolver.asked[0]?.line,
  };
  const [rawSeen = []] = app.seen;
  return { port, asked, seen: fold(rawSeen), rawSeen };
}

/** What the application sees of who it is, under folded names, without what is empty. */
const identityIn = (seen: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(seen).filter(([name, value]) => name.startsWith('x_auth_') && value !== ''),
  );

const TRUE_IDENTITY = Object.fromEntries(
  PASSED_ON.map((name) => [name.toLowerCase().replaceAll('-', '_'), `true-${name}`]),
);

describeProxies('what a client forges', (proxy) => {
  it('HDR-01 HDR-05 HDR-06 PRX-05 every identity header is that of the answer, in each spelling that is folded', async () => {
    const { seen, rawSeen } = await pass(proxy, IDENTITY, { path: '/', headers: FORGED });
    expect(identityIn(seen)).toEqual(TRUE_IDENTITY);
    expect(rawSeen).not.toContain('forged');
  });

  it('HDR-05 nor with any other mark in the place of a dash', async () => {
    const headers = [..."!#$%&'*+^`|~"].flatMap((mark) => [
      ...[`X-Auth${mark}Subject`, 'forged'],
      ...[`X${mark}Auth${mark}Roles`, 'forged'],
    ]);
    const { rawSeen } = await pass(proxy, IDENTITY, { path: '/', headers });
    expect(rawSeen).not.toContain('forged');
  });

  it.each([
    ['absent', []],
    ['empty', EMPTY_IDENTITY],
  ])('HDR-01 HDR-02 every identity header is nothing where the answer has it %s', async (_, answer) => {
    const { seen, rawSeen } = await pass(proxy, answer, { path: '/', headers: FORGED });
    expect(identityIn(seen)).toEqual({});
    expect(rawSeen).not.toContain('forged');
  });

  it('HDR-02 one header that is absent takes nothing from the client, and nothing from the others', async () => {
    for (const absent of ['X-Auth-Subject', 'X-Auth-Roles', 'X-Auth-Assertion']) {
      const answer = IDENTITY.filter((line) => !line.startsWith(`${absent}:`));
      const { seen } = await pass(proxy, answer, { path: '/', headers: FORGED });
      const { [absent.toLowerCase().replaceAll('-', '_')]: _, ...others } = TRUE_IDENTITY;
      expect(identityIn(seen)).toEqual(others);
    }
  });

  it('PRX-04 FWD-02 no forwarding header of the client reaches the check or the application', async () => {
    const headers = FORWARDING.flatMap((name) => [name, 'forged', name.replaceAll('-', '_'), 'forged']);
    const ask = { method: 'POST', path: '/orders/1?x=1', headers, body: 'body' };
    const { port, asked, seen } = await pass(proxy, IDENTITY, ask);
    expect(Object.entries(asked).filter(([, value]) => value?.includes('forged'))).toEqual([]);
    expect(Object.entries(seen).filter(([, value]) => value.includes('forged'))).toEqual([]);
    expect(asked).toMatchObject(proxy.asks({ port, method: 'POST', uri: '/orders/1?x=1', policy: 'orders' }));
  });

  it.each([
    'close, X-Forwarded-Uri, X-Forwarded-Method, X-Forwarded-Host, X-Forwarded-Proto, X-Forwarded-For',
    'close, X-Original-URL, X-Original-Method, X-Request-Id',
    `close, ${PASSED_ON.join(', ')}`,
    'close, Cookie, Authorization, X-Postern-Gateway, Host',
    'close, x-forwarded-URI, X-AUTH-SUBJECT, cOOKIE, keep-alive, te, upgrade',
    ' , close,,X-Auth-Subject ,\tX-Forwarded-Uri',
  ])('FWD-12 FWD-13 a header named in "Connection: %s" is lost to nobody', async (connection) => {
    const headers = ['Cookie', 'session=ada', 'Connection', connection, 'TE', 'trailers'];
    const { port, asked, seen } = await pass(proxy, IDENTITY, { path: '/orders/1', headers });
    expect(asked).toMatchObject(proxy.asks({ port, method: 'GET', uri: '/orders/1', policy: 'orders' }));
    expect(asked.cookie).toBe('session=ada');
    expect(identityIn(seen)).toEqual(TRUE_IDENTITY);
    expect(seen.connection ?? '').not.toMatch(/auth|forwarded|cookie/i);
  });

  it('FWD-12 nor in that of a WebSocket', async () => {
    const named = ['Connection', 'Upgrade, X-Auth-Subject, X-Forwarded-Uri', 'Upgrade', 'websocket'];
    const headers = [
      'Cookie',
      'session=ada',
      ...named,
      'Sec-WebSocket-Key',
      'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version',
      '13',
    ];
    const { asked, seen } = await pass(proxy, IDENTITY, { path: '/orders/1', headers });
    expect(asked.cookie).toBe('session=ada');
    expect(identityIn(seen)).toEqual(TRUE_IDENTITY);
    expect(seen).toMatchObject({ upgrade: 'websocket', connection: expect.stringMatching(/^upgrade$/i) });
  });
});
