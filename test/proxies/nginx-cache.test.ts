import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { bearerOf, cookieOf, createSession, manage, send } from '../support/http.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { startNginx } from '../support/proxies/nginx.ts';
import type { TestProxy } from '../support/proxies/proxy.ts';
import { fold, SITE_POLICIES } from '../support/site.ts';

let postern: InProcess;
let app: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => {
  postern = await startInProcess({ policies: SITE_POLICIES });
  app = await startApp();
});
afterAll(async () => {
  await postern.close();
  await app.close();
});

/** As greedy as it can be made, above everything that is ours: whatever is asked for, for whom, and told not to. */
const CACHE = `http {
    proxy_cache_path cache keys_zone=greedy:1m;
    proxy_cache greedy;
    proxy_cache_key $proxy_host$uri;
    proxy_cache_valid any 1h;
    proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
`;

/** The same, as far as it is told: what may not be stored is not. */
const HONEST_CACHE = CACHE.replace(/ *proxy_ignore_headers .*\n/, '');

const asItIs = (text: string) => text;
const withoutCacheOff = (text: string) => text.replace('proxy_cache off;', '');

async function startCaching(changesOfCheck = asItIs, cache = CACHE): Promise<TestProxy> {
  const edit = async (path: string, change: (text: string) => string) =>
    writeFile(path, change(await readFile(path, 'utf8')));
  const change = async (folder: string) => {
    await edit(join(folder, 'nginx.conf'), (text) => text.replace('http {', cache));
    await edit(join(folder, 'postern/check.conf'), changesOfCheck);
  };
  return startNginx(postern.ports.decision, app.port, { change });
}

/** A POST, since nginx caches no answer to that: what is cached here could only be the check's. */
async function askAs(port: number, headers: readonly string[]): Promise<string | number | undefined> {
  const before = app.seen.length;
  const { status } = await send(port, { method: 'POST', path: '/', headers });
  return status === 200 ? fold(app.seen[before] ?? []).x_auth_subject : status;
}

describe('an nginx that caches whatever it can', () => {
  it('PRX-10 CCH-09 takes nobody for another, by cookie or by token, and nobody who was revoked', async () => {
    const { port, close } = await startCaching();
    const people = await Promise.all(
      ['ada', 'bob'].map((subject) => createSession(postern.ports.admin, { subject })),
    );
    for (const present of [cookieOf, bearerOf, cookieOf]) {
      const answers = [];
      for (const person of people) answers.push(await askAs(port, present(person)));
      expect([...answers, await askAs(port, [])]).toEqual(['ada', 'bob', 401]);
    }
    const [ada] = people;
    await manage(postern.ports.admin, 'DELETE', `/default/sessions/${ada?.id}`);
    expect(await askAs(port, cookieOf({ token: ada?.token ?? '' }))).toBe(401);
    await close();
  });

  it('would, if the check could be cached', async () => {
    const { port, close } = await startCaching(withoutCacheOff);
    const ada = await createSession(postern.ports.admin, { subject: 'ada' });
    expect(await askAs(port, cookieOf(ada))).toBe('ada');
    expect(await askAs(port, [])).toBe('ada');
    await close();
  });

  it('CCH-10 stores no answer of ours where it goes by what it is told', async () => {
    const { port, close } = await startCaching(withoutCacheOff, HONEST_CACHE);
    const ada = await createSession(postern.ports.admin, { subject: 'ada' });
    expect(await askAs(port, cookieOf(ada))).toBe('ada');
    expect(await askAs(port, [])).toBe(401);
    await close();
  });
});
