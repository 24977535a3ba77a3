import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { send } from '../support/http.ts';
import { startHaproxy } from '../support/proxies/haproxy.ts';
import { answerWith, startAnswering, startResolver } from '../support/proxies/resolver.ts';
import { fold } from '../support/site.ts';

it.each([
  ['before it asks', 'core.httpclient = nil'],
  [
    'after an allow',
    'core.httpclient = function() return { get = function() return { status = 200 } end } end',
  ],
])('HAProxy goes on after an error in Lua, and still lets nobody pass: %s', async (_, moreLua) => {
  const [resolver, app] = [await startAnswering('200'), await startApp()];
  const haproxy = await startHaproxy(resolver.port, app.port, { moreLua });
  try {
    const { status, headers } = await send(haproxy.port, { path: '/public/' });
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(app.seen).toEqual([]);
  } finally {
    await haproxy.close();
    await app.close();
    resolver.close();
  }
});

describe('HAProxy, told what to put in the place of the credential', () => {
  const asAsked = { cookie: 'session=ada; theme=dark', authorization: 'Bearer of-ada' };

  it.each([
    ['other cookies', ['Cookie: theme=dark', 'Authorization: '], { cookie: 'theme=dark' }],
    ['nothing', ['Cookie: ', 'Authorization: '], {}],
    ['nothing said', [], asAsked],
  ])('hands on %s', async (_, answer, expected) => {
    const { cookie, authorization } = await passed(answer);
    expect({ cookie, authorization }).toEqual({ cookie: undefined, authorization: undefined, ...expected });
  });

  // Node itself takes no more than 16 KiB of headers, as the application here.
  it('PRX-08 takes an answer that is larger than its own buffers', async () => {
    const answer = [
      `X-Auth-Name: ${'n'.repeat(3_000)}`,
      `X-Auth-Assertion: ${'a'.repeat(6_144)}`,
      `Cookie: ${'c'.repeat(6_300)}`,
    ];
    const seen = await passed(answer);
    expect(seen.x_auth_assertion).toHaveLength(6_144);
    expect(seen.cookie).toHaveLength(6_300);
  });

  /** What the application sees of a request with a credential, before a resolver that allows with these headers. */
  async function passed(answer: readonly string[]): Promise<Readonly<Record<string, string | undefined>>> {
    const [resolver, app] = [await startResolver(answerWith(200, answer)), await startApp()];
    const haproxy = await startHaproxy(resolver.port, app.port);
    try {
      const headers = ['Cookie', asAsked.cookie, 'Authorization', asAsked.authorization];
      await send(haproxy.port, { path: '/', headers });
      return fold(app.seen[0] ?? []);
    } finally {
      await haproxy.close();
      await app.close();
      resolver.close();
    }
  }
});
