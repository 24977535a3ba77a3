import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CannotTell, type Session } from '../../src/decision/session.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import type { TestRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { untilKnown } from '../support/until-known.ts';
import { openWatched, type Watched } from '../support/watched-store.ts';

let cluster: TestCluster;
let watched: Watched;
beforeAll(async () => {
  cluster = await startCluster();
  watched = await openWatched(cluster.url);
});
beforeEach(() => cluster.healthy());
afterAll(async () => {
  await watched.store.close();
  await cluster.close();
});

const keyOf = ({ id }: Session) => `postern:{default.${id.slice(0, 2)}}:session:${id}`;
const find = async ({ id }: Session) => (await watched.store.findRow('default', id))?.session;

/** One of a subject whose rows lie on another node than those of the others. */
async function put(subject: string): Promise<Session> {
  const session = sessionOf({ subject });
  await untilKnown(() => watched.store.table.create(session));
  return session;
}

const idOf = async ({ client }: TestRedis) => String(await client.cluster('MYID'));

/** Two sessions on different masters. */
async function apart(): Promise<[one: Session, other: Session]> {
  const one = await put('ada');
  const home = await cluster.masterOf(keyOf(one));
  for (let index = 0; ; index += 1) {
    const other = await put(`other ${index}`);
    if ((await cluster.masterOf(keyOf(other))).port !== home.port) return [one, other];
  }
}

describe('RDS-19 a slot that moves', () => {
  it('is followed while it does (ASK) and when it has (MOVED), for reading, writing and revoking', async () => {
    const [session, other] = await apart();
    const [gone, dead] = [await put('ada'), sessionOf({ subject: 'ada' })];
    const [from, to] = [await cluster.masterOf(keyOf(session)), await cluster.masterOf(keyOf(other))];
    const slot = await from.client.cluster('KEYSLOT', keyOf(session));
    await to.client.cluster('SETSLOT', slot, 'IMPORTING', await idOf(from));
    await from.client.cluster('SETSLOT', slot, 'MIGRATING', await idOf(to));
    const keys = await from.client.cluster('GETKEYSINSLOT', slot, 100);
    await from.client.call('MIGRATE', '127.0.0.1', to.port, '', 0, 1_000, 'KEYS', ...keys.map(String));
    expect(await find(session)).toEqual(session);
    expect(await find(dead)).toBeUndefined();
    // Of its keys some are there and some are nowhere: TRYAGAIN.
    await expect(watched.store.table.create(dead)).rejects.toThrow(CannotTell);
    await watched.store.table.revoke('default', gone.id);
    expect(await find(gone)).toBeUndefined();
    for (const { client } of [to, from]) await client.cluster('SETSLOT', slot, 'NODE', await idOf(to));
    expect(await find(session)).toEqual(session);
    await watched.store.table.create(dead);
    expect(await find(dead)).toEqual(dead);
    await watched.store.table.revokeSubject('default', 'ada');
    for (const over of [session, dead]) expect(await find(over)).toBeUndefined();
    expect(watched.changes).toEqual([['up', 'it answers']]);
  });
});

it('a user of a cluster needs the commands that docs/redis.md names, and no more', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/redis.md'), 'utf8');
  const [paragraph = ''] = /^It uses [\s\S]*?the sentinels/m.exec(text) ?? [];
  const names = [...paragraph.matchAll(/`(?:[A-Z]+|\+[a-z|]+)`/g)].map(([name]) =>
    name.replaceAll(/[`+]/g, ''),
  );
  const allowed = names.map((name) => `+${name.toLowerCase()}`);
  for (const { client } of cluster.nodes)
    await client.acl('SETUSER', 'least', 'on', '>secret', '~postern:*', '-@all', ...allowed);
  const { store, calls } = await openWatched(cluster.url.replace('://', '://least:secret@'));
  for (const subject of ['ada', 'eve', 'kim', 'bob']) {
    const session = sessionOf({ subject });
    await store.table.create(session);
    await store.table.revoke('default', session.id);
    await store.table.revokeSubject('default', subject);
    expect((await store.directory.list('default', subject, { limit: 5 })).sessions).toEqual([]);
  }
  await store.close();
  expect(calls.filter(({ result }) => result !== 'ok')).toEqual([]);
  for (const { client } of cluster.nodes) expect(await client.acl('LOG')).toEqual([]);
});

describe('RDS-19 a cluster that loses nodes', () => {
  it('answers for a lost master by its replica, for the others all the while, and never "none"', async () => {
    const [session, other] = await apart();
    const dead = await put('ada');
    await watched.store.table.revoke('default', dead.id);
    const home = await cluster.masterOf(keyOf(session));
    await home.client.set(`${keyOf(session)}:test`, 'written');
    expect(await home.client.wait(1, 5_000)).toBe(1);
    await home.kill();
    expect(await find(other)).toEqual(other);
    expect(await untilKnown(() => find(session))).toEqual(session);
    expect(await untilKnown(() => find(dead))).toBeUndefined();
    expect(await untilKnown(() => find(other))).toEqual(other);
    await home.start();
  });

  it('is "can\'t tell" while a slot has no node (CLUSTERDOWN), and back when one is', async () => {
    const [session, other] = await apart();
    const home = await cluster.masterOf(keyOf(session));
    const elsewhere = await cluster.masterOf(keyOf(other));
    const id = await idOf(home);
    const shard = [home];
    for (const node of cluster.nodes) {
      const replication = await node.client.info('replication');
      if (replication.includes('role:slave') && replication.includes(`master_port:${home.port}`))
        shard.push(node);
    }
    expect([shard.length, id.length]).toEqual([2, 40]);
    await Promise.all(shard.map(({ kill }) => kill()));
    while (!(await elsewhere.client.cluster('INFO')).includes('cluster_state:fail'));
    for (const lost of [session, other]) await expect(find(lost)).rejects.toThrow(CannotTell);
    await expect(watched.store.table.revoke('default', other.id)).rejects.toThrow(CannotTell);
    await Promise.all(shard.map(({ start }) => start()));
    expect(await untilKnown(() => find(session))).toEqual(session);
    expect(await untilKnown(() => find(other))).toEqual(other);
  });
});
