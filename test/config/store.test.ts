import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/schema.ts';

/** The settings that come of it, or what is told of each that is wrong. */
function read(settings: object): unknown {
  const { success, data, error } = settingsSchema.safeParse(settings);
  return success ? data : error.issues.map(({ path, message }) => [path.join('.'), message]);
}

/** Where the store is; a password is shown. */
function placeOf(storeUrl: string): unknown {
  const { place } = Object(Object(read({ storeUrl })).storeUrl);
  const { username, password } = Object(place).login;
  return { ...place, login: [username, password?.reveal()] };
}

describe('the URL of a Redis', () => {
  it('is of one server', () => {
    const place = { kind: 'standalone', tls: false, login: [undefined, undefined], db: 0 };
    expect(placeOf('redis://redis')).toEqual({ ...place, endpoint: { host: 'redis', port: 6379 } });
    expect(placeOf('rediss://[::1]:6380/12')).toEqual({
      ...place,
      tls: true,
      db: 12,
      endpoint: { host: '::1', port: 6380 },
    });
  });

  it('is of sentinels, who know the master by its name', () => {
    const sentinels = [
      { host: 's1', port: 26379 },
      { host: '10.0.0.2', port: 5000 },
    ];
    const place = { kind: 'sentinel', sentinels, master: 'my-master', login: [undefined, undefined] };
    expect(placeOf('redis+sentinel://s1,10.0.0.2:5000/my-master')).toEqual({ ...place, tls: false, db: 0 });
    expect(placeOf('rediss+sentinel://s1,10.0.0.2:5000/my-master/3')).toEqual({
      ...place,
      tls: true,
      db: 3,
    });
  });

  it('is of some nodes of a cluster', () => {
    expect(placeOf('redis+cluster://a:7000,b')).toEqual({
      kind: 'cluster',
      tls: false,
      login: [undefined, undefined],
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 6379 },
      ],
    });
    expect(placeOf('rediss+cluster://a:7000')).toMatchObject({ tls: true });
  });

  it.each([
    ['redis://:hunter2@redis', [undefined, 'hunter2']],
    ['redis://ada:hun:ter2@redis', ['ada', 'hun:ter2']],
    ['redis://a%40b:p%2Fq%23%25@redis/1', ['a@b', 'p/q#%']],
    ['redis+sentinel://ada:one@two@s1/mine', ['ada', 'one@two']],
  ])('has who we are, percent-encoded: %s', (url, login) => {
    expect(placeOf(url)).toMatchObject({ login });
  });

  it('keeps the password from whoever prints the settings', () => {
    expect(JSON.stringify(read({ storeUrl: 'redis+cluster://ada:hunter2@a' }))).not.toContain('hunter2');
  });

  it.each([
    ['redis://', 'must have host:port or [ipv6]:port as its host number 1'],
    ['redis://a:0', 'must have host:port or [ipv6]:port as its host number 1'],
    ['redis+cluster://a,,b', 'must have host:port or [ipv6]:port as its host number 2'],
    ['redis+cluster://a,b:65536', 'must have host:port or [ipv6]:port as its host number 2'],
    ['redis://a,b', 'must have one host; several are for redis+sentinel:// and redis+cluster://'],
    ['redis://a/one', 'must end in the number of a database, or in none'],
    ['redis://a/1/2', 'must end in the number of a database, or in none'],
    ['redis+cluster://a/1', 'takes nothing behind the hosts of a cluster, which has no databases'],
    [
      'redis+sentinel://a',
      'must name the master behind the sentinels: redis+sentinel://host:port,host:port/name',
    ],
    ['redis+sentinel://a/mine/x', 'must end in the number of a database, or in none'],
    ['redis://secret@a', 'must have "user:password@" or ":password@" before the host, percent-encoded'],
    ['redis://ada:@a', 'must have "user:password@" or ":password@" before the host, percent-encoded'],
    ['redis://ada:%zz@a', 'must have "user:password@" or ":password@" before the host, percent-encoded'],
    [
      'redis://ada:secret/more@a',
      'takes no space, "?" or "#", and in a password also no "/": percent-encode them',
    ],
    ['redis://a?tls=true', 'takes no space, "?" or "#", and in a password also no "/": percent-encode them'],
    [
      'valkey://a',
      'must be sqlite:<path>, redis://…, redis+sentinel://… or redis+cluster://…, or rediss in the place of redis',
    ],
  ])('is refused with a sentence that quotes none of it: %s', (storeUrl, sentence) => {
    expect(read({ storeUrl })).toEqual([['storeUrl', sentence]]);
  });
});

describe('what goes with the URL', () => {
  it('is refused where it would do nothing', () => {
    expect(read({ storeUrl: 'redis://a', storeTls: { ca: 'ca.pem' } })).toEqual([
      ['storeTls', 'is for a storeUrl with rediss, rediss+sentinel or rediss+cluster'],
    ]);
    expect(read({ storeTls: { ca: 'ca.pem' } })).toEqual([['storeTls', expect.any(String)]]);
    expect(read({ storeUrl: 'redis+cluster://a', storeSentinel: { password: 'x' } })).toEqual([
      ['storeSentinel', 'is for a storeUrl with redis+sentinel or rediss+sentinel'],
    ]);
  });

  it('is taken where it does something', () => {
    const storeTls = { ca: 'ca.pem', cert: 'own.pem', key: 'own.key' };
    expect(read({ storeUrl: 'rediss+cluster://a', storeTls })).toMatchObject({ storeTls });
    const storeSentinel = { username: 'ada', password: 'hunter2' };
    const settings = read({ storeUrl: 'redis+sentinel://a/mine', storeSentinel });
    expect(Object(settings).storeSentinel.password.reveal()).toBe('hunter2');
    expect(JSON.stringify(settings)).not.toContain('hunter2');
  });

  it('is refused where half of it is missing', () => {
    expect(read({ storeUrl: 'rediss://a', storeTls: { cert: 'own.pem' } })).toEqual([
      ['storeTls', 'cert and key belong together: set both, or none'],
    ]);
    expect(read({ storeUrl: 'redis+sentinel://a/mine', storeSentinel: { username: 'ada' } })).toEqual([
      ['storeSentinel.password', 'must be set where there is a username'],
    ]);
  });
});
