import { expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { send } from '../support/http.ts';
import { startHaproxy } from '../support/proxies/haproxy.ts';
import { startAnswering } from '../support/proxies/resolver.ts';

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
