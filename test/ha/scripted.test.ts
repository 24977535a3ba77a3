import { describe, expect, it, onTestFinished } from 'vitest';
import { CannotTell } from '../../src/decision/session.ts';
import { refusalOf } from '../../src/store/redis/greeting.ts';
import { sessionOf } from '../support/sessions.ts';
import { locationOf } from '../support/stores.ts';
import { openWatched, watchStore } from '../support/watched-store.ts';
import { infoOf, type Script, startScripted } from './scripted-redis.ts';

async function start(script: Script) {
  const server = await startScripted(script);
  onTestFinished(server.close);
  return server;
}

describe('RDS-19 a cluster that leads nowhere', () => {
  it.each<[what: string, reply: (port: number) => string]>([
    ['in a circle', (port) => `-MOVED 1 127.0.0.1:${port}\r\n`],
    ['in a circle of ASK', (port) => `-ASK 1 127.0.0.1:${port}\r\n`],
    ['to a slot that is none', (port) => `-MOVED __proto__ 127.0.0.1:${port}\r\n`],
    ['to a slot beyond the last', (port) => `-MOVED 16384 127.0.0.1:${port}\r\n`],
    ['to nobody', () => '-MOVED 1\r\n'],
    ['to an address that is none', () => '-MOVED 1 nowhere\r\n'],
    ['to nobody, with ASK', () => '-ASK\r\n'],
  ])('%s is "can\'t tell"; nothing is polluted, and it answers when it is sane again', async (_, reply) => {
    const server = await start(() => undefined);
    const { store } = await openWatched(`redis+cluster://127.0.0.1:${server.port}`);
    onTestFinished(store.close);
    const { id } = sessionOf();
    expect(await store.findRow('default', id)).toBeUndefined();
    server.say(([name, key = ''], port) => (name === 'get' && key.endsWith(id) ? reply(port) : undefined));
    server.seen.length = 0;
    await expect(store.findRow('default', id)).rejects.toThrow(CannotTell);
    expect(server.seen.filter(([name, key = '']) => name === 'get' && key.endsWith(id)).length).toBeLessThan(
      6,
    );
    expect([Reflect.ownKeys(Array.prototype).includes('0'), Object.keys({}).length]).toEqual([false, 0]);
    server.say(() => undefined);
    for (;;) {
      const [answer] = await Promise.allSettled([store.findRow('default', id)]);
      if (answer.status === 'fulfilled' && answer.value === undefined) return;
      await new Promise(setImmediate);
    }
  });
});

describe('RDS-31 the version of a server', () => {
  it.each(['6.2.0', '6.2.14', '7.0.15', '7.2.4', '8.0.0', '10.0.1', '255.255.255', 'unstable', ''])(
    '%j is one that we work with',
    (version) => {
      expect(refusalOf(`# Server\r\nredis_version:${version}\r\nrun_id:1\r\n`)).toBeUndefined();
    },
  );

  it.each(['2.8.24', '5.0.14', '6.0.16', '6.1.240'])('%j is refused', (version) => {
    expect(refusalOf(`# Server\r\nredis_version:${version}\r\n`)).toMatch(
      /is too old: Postern needs Redis 6.2/,
    );
  });

  it('is not asked of a server that does not tell', () => {
    expect(refusalOf('')).toBeUndefined();
  });

  it('keeps us from being ready while it is too old, and says so once', async () => {
    const server = await start(([name]) => (name === 'info' ? infoOf('6.0.16') : undefined));
    const { store, changes, next } = watchStore(locationOf(`redis://127.0.0.1:${server.port}`));
    onTestFinished(store.close);
    expect(await next('down')).toBe('Redis 6.0 is too old: Postern needs Redis 6.2 or later, or Valkey');
    await expect(store.findRow('default', sessionOf().id)).rejects.toThrow(CannotTell);
    const up = next('up');
    server.say(() => undefined);
    await up;
    expect(changes.map(([state]) => state)).toEqual(['down', 'up']);
  });
});
