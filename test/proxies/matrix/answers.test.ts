import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { stopwatch } from '../../../src/lib/clock.ts';
import { startApp } from '../../support/app.ts';
import { type Reply, send } from '../../support/http.ts';
import { describeProxies, PROXIES } from '../../support/proxies/proxies.ts';
import { ANSWERS, type AnswerName, type ClientSees, type ProxyKind } from '../../support/proxies/proxy.ts';
import { FOR_THE_CLIENT, LOGIN_PAGE, startAnswering } from '../../support/proxies/resolver.ts';
import { FORGED } from '../../support/site.ts';

const closers: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function askBefore(proxy: ProxyKind, answer: AnswerName) {
  const resolver = await startAnswering(answer);
  closers.push(resolver.close);
  const app = await startApp();
  closers.push(app.close);
  const { port, close } = await proxy.start(resolver.port, app.port);
  closers.push(close);
  const began = stopwatch();
  const headers = [...FORGED, 'Authorization', 'Bearer of-the-client', 'Cookie', 'session=of-the-client'];
  const reply = await send(port, { path: '/', headers });
  return { reply, app, resolver, milliseconds: stopwatch() - began };
}

/** What a client can tell of the resolver's answer. */
function seenOf({ status, headers }: Reply): ClientSees {
  const passed = Object.keys({ ...FOR_THE_CLIENT, Location: LOGIN_PAGE }).filter((name) =>
    Object.hasOwn(headers, name.toLowerCase()),
  );
  return { status, headers: passed };
}

describeProxies('answers of a resolver', (proxy) => {
  it.each(ANSWERS)(
    'PRX-01 PRX-02 PRX-03 PRX-07 PRX-12 %s: what the client sees is as measured',
    async (answer) => {
      const { reply, app, resolver, milliseconds } = await askBefore(proxy, answer);
      const { status, headers } = proxy.sees[answer];
      expect(seenOf(reply)).toEqual({ status, headers: expect.arrayContaining([...headers]) });
      expect(seenOf(reply).headers).toHaveLength(headers.length);
      // Nothing but an allow reaches the application, and no page of errors is asked for elsewhere.
      expect(app.seen).toHaveLength(status === 200 ? 1 : 0);
      if (answer !== 'away') expect(resolver.asked.length).toBeGreaterThan(0);
      if (answer === 'hangs') expect(milliseconds).toBeLessThan(proxy.patienceSeconds * 1000 + 1_000);
    },
  );

  it('PRX-07 every cookie of a denial reaches the client, where headers do', async () => {
    const { reply } = await askBefore(proxy, '401');
    if (proxy.sees['401'].headers.includes('Set-Cookie')) {
      expect(reply.headers['set-cookie']).toEqual(['from=resolver', 'second=too']);
    } else {
      expect(reply.headers).not.toHaveProperty('set-cookie');
    }
    expect(reply.headers['www-authenticate']).toBe(FOR_THE_CLIENT['WWW-Authenticate']);
  });
});

describe('docs/proxies.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/proxies.md'), 'utf8');

  it('PRX-01 says of each proxy what it makes of each answer', () => {
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      );
    const expected = [
      ['Postern', ...PROXIES.map(({ name }) => name)],
      ['---', ...PROXIES.map(() => '---')],
      ...ANSWERS.map((answer) => [answer, ...PROXIES.map(({ sees }) => cellOf(answer, sees[answer]))]),
    ];
    expect(rows.slice(0, expected.length)).toEqual(expected);
  });
});

function cellOf(answer: AnswerName, { status, headers }: ClientSees): string {
  const isWhole =
    Number(answer.slice(0, 3)) === status && headers.length >= Object.keys(FOR_THE_CLIENT).length;
  return isWhole ? 'as it is' : [String(status), ...headers.map((name) => `\`${name}\``)].join(', ');
}
