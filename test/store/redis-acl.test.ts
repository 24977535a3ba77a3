import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { auditEntryOf, versioned } from '../support/registries.ts';
import { sessionOf } from '../support/sessions.ts';
import { CACHE, openReplica, openTestRedis } from '../support/stores.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/redis.md'), 'utf8');

/** The commands that docs/redis.md says a Redis user needs. */
function documentedCommands(): readonly string[] {
  const paragraph = /^It uses [\s\S]*?on keys that begin with/m.exec(PAGE)?.[0] ?? '';
  return [...paragraph.matchAll(/`([A-Z]+)`/g)].map(([, name]) => `+${name?.toLowerCase()}`);
}

/** What it says that such a user needs beside them, so that rows can be held in memory. */
function documentedForMemory(): readonly string[] {
  const sentence = /To hold rows in memory it also needs [^;]*;/.exec(PAGE)?.[0] ?? '';
  return [...sentence.matchAll(/`([+&][^`]+)`/g)].map(([, rule = '']) => rule);
}

it('a Redis user that may do what docs/redis.md names can have rows held in memory', async () => {
  const own = await openTestRedis();
  onTestFinished(own.close);
  const { client, url } = own.redis;
  const rules = [...documentedCommands(), ...documentedForMemory()];
  await client.acl('SETUSER', 'told', 'on', '>secret', '~postern:*', 'resetchannels', '-@all', ...rules);
  const { store } = await openReplica({ url: url.replace('://', '://told:secret@') }, systemClock, CACHE);
  onTestFinished(store.close);
  const session = sessionOf();
  await store.table.create(session);
  await vi.waitUntil(async () => {
    expect((await store.findRow('default', session.id))?.session).toEqual(session);
    return (store.cache?.().hits ?? 0) > 0;
  }, 20_000);
  expect(await client.acl('LOG')).toEqual([]);
});

it('a Redis user needs the keys and commands that docs/redis.md names, and no more', async () => {
  const own = await openTestRedis();
  onTestFinished(own.close);
  const { client, url } = own.redis;
  await client.acl('SETUSER', 'least', 'on', '>secret', '~postern:*', '-@all', ...documentedCommands());
  const { store, calls } = await openReplica({ ...own.redis, url: url.replace('://', '://least:secret@') });
  onTestFinished(store.close);
  const [session, next] = [sessionOf(), sessionOf()];
  await store.table.create(session);
  await store.findRow('default', session.id);
  await store.directory.find('default', session.id);
  await store.directory.list('default', 'ada', { limit: 5 });
  await store.touch(session, session.lastSeenAt + 90);
  await store.table.rotate(session, next);
  await store.table.revoke('default', next.id);
  await store.table.revokeSubject('default', 'ada');
  await store.registries.replace('default', '', versioned(), [auditEntryOf()]);
  await store.registries.read('default');
  await store.registries.state('default');
  await store.registries.audit('default', { limit: 1 });
  await store.secretUses.note('default', 'f4a1', 'first', 1);
  await store.secretUses.of('default', 'f4a1');
  await store.agreeOnSecret('fingerprint');
  await store.consumeOnce('default', 'digest', 60);
  for (let strike = 0; strike < 22; strike += 1) await store.strike('key');
  await store.foreignDenials.denyToken('default', 'https://idp', 'j1', 60);
  await store.foreignDenials.denySubject('default', 'https://idp', 'ada', 1, 60);
  await store.foreignDenials.isDenied('default', {
    issuer: 'https://idp',
    subject: 'ada',
    jti: 'j1',
    issuedAt: 1,
  });
  expect(calls.filter(({ result }) => result !== 'ok')).toEqual([]);
  expect(await client.acl('LOG')).toEqual([]);
});
