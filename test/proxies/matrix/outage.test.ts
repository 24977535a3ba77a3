import { expect, it } from 'vitest';
import { cookieOf, createSession, type Reply } from '../../support/http.ts';
import { describeProxies } from '../../support/proxies/proxies.ts';
import { statusFor } from '../../support/proxies/proxy.ts';
import { expectDenied, expectPassed, startSite } from '../../support/site.ts';

/** Exactly this, and nothing that would log anybody out. */
function expectNobodyLoggedOut({ headers }: Reply): void {
  expect(headers['retry-after']).toBe('1');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers).not.toHaveProperty('set-cookie');
  expect(headers).not.toHaveProperty('www-authenticate');
}

describeProxies('without Redis', (proxy) => {
  it('who presents a cookie or a token gets 503 and no answer else, who presents nothing is challenged, and all is well after', async () => {
    const site = await startSite(proxy);
    try {
      const session = await createSession(site.postern.ports.admin, { subject: 'ada' });
      const ask = () => site.ask({ path: '/', headers: cookieOf(session) });
      expectPassed(await ask());
      await site.redis.kill();
      const away = await ask();
      expectDenied(away, statusFor(proxy, 'unavailable'));
      expectNobodyLoggedOut(away.reply);
      const open = await site.ask({
        path: '/public/',
        headers: ['Authorization', `Bearer ${session.token}`],
      });
      expectDenied(open, statusFor(proxy, 'unavailable'));
      expectDenied(await site.ask({ path: '/' }), statusFor(proxy, 'challenge'));
      expectPassed(await site.ask({ path: '/public/' }));

      await site.redis.start();
      let back = await ask();
      while (back.reply.status === 503) back = await ask();
      expectPassed(back);
    } finally {
      await site.close();
    }
  });
});
