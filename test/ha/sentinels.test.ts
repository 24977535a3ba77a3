import { describe, expect, it, onTestFinished } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { startRedis } from '../support/redis.ts';
import { sessionOf } from '../support/sessions.ts';
import { locationOf } from '../support/stores.ts';
import { watchStore } from '../support/watched-store.ts';
import { bulk, NIL, type Script, startScripted } from './scripted-redis.ts';

/** A sentinel that names a real master whenever it is sane, and a store that has nobody else to ask. */
async function setUp(script: Script) {
  const master = await startRedis();
  onTestFinished(master.close);
  const sentinel = await startScripted(script);
  onTestFinished(sentinel.close);
  const watched = watchStore(locationOf(`redis+sentinel://127.0.0.1:${sentinel.port}/the-master`));
  onTestFinished(watched.store.close);
  const naming = (port: number | string) => `*2\r\n${bulk('127.0.0.1')}${bulk(String(port))}`;
  const asked = () => sentinel.seen.filter(([name]) => name?.toLowerCase() === 'sentinel').length;
  return { master, sentinel, ...watched, naming, asked, sane: () => sentinel.say(() => naming(master.port)) };
}

describe('RDS-12 a sentinel that answers with', () => {
  it.each([
    ['nobody', NIL, 'it knows no such master'],
    ['no list', '*-1\r\n', 'it knows no such master'],
    ['a list of nothing', '*2\r\n$-1\r\n$-1\r\n', 'what it names is no address'],
    ['half an address', `*1\r\n${bulk('127.0.0.1')}`, 'what it names is no address'],
    ['a port that is none', `*2\r\n${bulk('127.0.0.1')}${bulk('99999')}`, 'what it names is no address'],
    ['a host that is none', `*2\r\n${bulk('a b')}${bulk('6379')}`, 'what it names is no address'],
    ['more than was asked', NIL + NIL, 'what came was no reply to what was asked'],
    ['a push', '>1\r\n$-1\r\n', 'what came was no reply to what was asked'],
    ['a refusal', '-NOAUTH Authentication required.\r\n', 'NOAUTH Authentication required.'],
  ])('%s leads nowhere, and is told once; the process lives, and asks again', async (_, reply, why) => {
    const { store, next, changes, sane, asked } = await setUp(() => reply);
    expect(await next('down')).toBe(`no sentinel names the master: ${why}`);
    await expect(store.findRow('default', sessionOf().id)).rejects.toThrow(CannotTell);
    while (asked() < 3) await new Promise(setImmediate);
    const up = next('up');
    sane();
    await up;
    expect(changes.map(([state]) => state)).toEqual(['down', 'up']);
  });
});

it('RDS-14 while the sentinels are at a loss, a write that is refused makes us ask them once', async () => {
  const { master, sentinel, store, next, naming, asked } = await setUp(() => undefined);
  const other = await startRedis();
  onTestFinished(other.close);
  const up = next('up');
  sentinel.say(() => naming(master.port));
  await up;
  sentinel.say(() => NIL);
  await master.client.replicaof('127.0.0.1', other.port);
  const before = asked();
  await expect(store.table.create(sessionOf())).rejects.toThrow(CannotTell);
  // Two beats of the store's own, a second apart.
  const beats = async () =>
    Number(/cmdstat_echo:calls=(\d+)/.exec(await master.client.info('commandstats'))?.[1]);
  const end = (await beats()) + 2;
  while ((await beats()) < end) await new Promise(setImmediate);
  expect(asked()).toBe(before + 1);
});
