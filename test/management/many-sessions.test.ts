import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { sessionOf } from '../support/sessions.ts';
import { untilReady } from '../support/site.ts';
import { openTestRedis } from '../support/stores.ts';

const MANY = 20_000;

let under: Awaited<ReturnType<typeof openTestRedis>>;
let postern: InProcess;
let call: Call;
beforeAll(async () => {
  under = await openTestRedis();
  for (let made = 0; made < MANY; made += 100) {
    const hundred = Array.from({ length: 100 }, () => under.store.table.create(sessionOf()));
    await Promise.all([...hundred, under.store.table.create(sessionOf({ subject: `other ${made}` }))]);
  }
  postern = await startInProcess({ storeUrl: under.redis.url });
  await untilReady(postern.ports.admin);
  call = await describedCalls(postern.ports);
});
afterAll(async () => {
  await postern.close();
  await under.close();
});

/** How often the server ran each command meanwhile, save those that we ask it with. */
async function commandsOf(work: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  await under.redis.client.config('RESETSTAT');
  await work();
  const stats = await under.redis.client.info('commandstats');
  const found = [...stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)];
  return new Map(found.map(([, name = '', calls]) => [name, Number(calls)]));
}

describe('ADM-16 listing among very many sessions', () => {
  it('gives a hundred a page at most', async () => {
    const { json } = await call('GET', '/sessions?subject=ada');
    expect(json.sessions).toHaveLength(100);
    expect((await call('GET', '/sessions?subject=ada&limit=100')).json.sessions).toHaveLength(100);
    expect((await call('GET', '/sessions?subject=ada&limit=101')).status).toBe(400);
    expect((await call('GET', '/sessions?subject=other%200')).json.sessions).toHaveLength(1);
  });

  it('goes on behind its cursor without a repetition', async () => {
    const seen = new Set<string>();
    let page = (await call('GET', '/sessions?subject=ada')).json;
    for (let pages = 1; pages < 20; pages += 1) {
      for (const { id } of page.sessions) seen.add(id);
      page = (await call('GET', `/sessions?subject=ada&cursor=${page.cursor}`)).json;
    }
    for (const { id } of page.sessions) seen.add(id);
    expect(seen.size).toBe(2_000);
  });

  it('asks the store for a page, and never searches it', async () => {
    const { json } = await call('GET', '/sessions?subject=ada');
    const commands = await commandsOf(() => call('GET', `/sessions?subject=ada&cursor=${json.cursor}`));
    const names = [...commands.keys()];
    for (const search of ['keys', 'scan', 'sscan', 'hscan', 'zscan', 'smembers', 'randomkey', 'sort']) {
      expect(names).not.toContain(search);
    }
    expect(names).not.toEqual([]);
    const total = [...commands.values()].reduce((sum, calls) => sum + calls, 0);
    expect(total).toBeLessThan(200);
  });

  it('revokes all of them in one call', async () => {
    expect((await call('DELETE', '/sessions?subject=ada')).status).toBe(204);
    expect((await call('GET', '/sessions?subject=ada')).json).toEqual({ sessions: [] });
    expect((await call('GET', '/sessions?subject=other%200')).json.sessions).toHaveLength(1);
  });
});
