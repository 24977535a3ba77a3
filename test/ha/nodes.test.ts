import { describe, expect, it, onTestFinished } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { sessionOf } from '../support/sessions.ts';
import { locationOf } from '../support/stores.ts';
import { openWatched, watchStore } from '../support/watched-store.ts';
import { bulk, NIL, type Script, startScripted } from './scripted-redis.ts';

async function start(script: Script = () => undefined) {
  const server = await startScripted(script);
  onTestFinished(server.close);
  return { ...server, url: `redis+cluster://127.0.0.1:${server.port}` };
}

const isSlots = ([name, part]: readonly string[]) => name === 'cluster' && part === 'SLOTS';
const rangeOf = (first: number, last: number, port: number) =>
  `*3\r\n:${first}\r\n:${last}\r\n*2\r\n${bulk('127.0.0.1')}:${port}\r\n`;

describe('RDS-12 a cluster whose slots are', () => {
  it.each<[what: string, reply: (port: number) => string]>([
    ['none', () => NIL],
    ['no list', () => '*-1\r\n'],
    ['a list of nothing', () => '*1\r\n*-1\r\n'],
    ['a list of words', () => `*2\r\n${bulk('one')}${bulk('two')}`],
    ['those of nobody', () => '*1\r\n*3\r\n:0\r\n:16383\r\n*-1\r\n'],
    ['those of a node without a port', () => `*1\r\n*3\r\n:0\r\n:16383\r\n*1\r\n${bulk('127.0.0.1')}`],
    ['those of a port that is none', () => `*1\r\n${rangeOf(0, 16_383, 99_999)}`],
    ['more than there are', (port) => `*1\r\n${rangeOf(0, 9_000_000_000, port)}`],
    ['the same ones twice', (port) => `*2\r\n${rangeOf(0, 16_383, port)}${rangeOf(0, 16_383, port)}`],
    ['told, and more than was asked', (port) => `*1\r\n${rangeOf(0, 16_383, port)}${NIL}`],
    ['refused', () => '-NOPERM this user has no permissions\r\n'],
  ])('%s is away; the process lives, and asks again', async (_, reply) => {
    const server = await start((words, port) => (isSlots(words) ? reply(port) : undefined));
    const { store, next } = watchStore(locationOf(server.url));
    onTestFinished(store.close);
    await next('down');
    await expect(store.findRow('default', sessionOf().id)).rejects.toThrow(CannotTell);
    while (server.seen.filter(isSlots).length < 3) await new Promise(setImmediate);
    const up = next('up');
    server.say(() => undefined);
    await up;
    expect(await store.findRow('default', sessionOf().id)).toBeUndefined();
  });
});

it('RDS-19 a node that refuses ASKING leaves the process alive, and the answer to the command counts', async () => {
  const server = await start();
  const { store } = await openWatched(server.url);
  onTestFinished(store.close);
  const { id } = sessionOf();
  let isAsked = false;
  server.say(([name, key = ''], port) => {
    if (name === 'asking') return '-NOPERM this user has no permissions\r\n';
    if (name !== 'get' || !key.endsWith(id) || isAsked) return undefined;
    isAsked = true;
    return `-ASK 1 127.0.0.1:${port}\r\n`;
  });
  expect(await store.findRow('default', id)).toBeUndefined();
  expect(server.seen.filter(([name]) => name === 'asking')).toHaveLength(1);
  await new Promise(setImmediate);
});
