import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalTarget, type RawTarget } from '../../src/decision/target.ts';

const raw: RawTarget = { method: 'GET', scheme: 'https', host: 'app.example.com', uri: '/' };

describe('a host', () => {
  it.each([
    ['APP.Example.COM', 'app.example.com', undefined],
    ['app.example.com.', 'app.example.com', undefined],
    ['app.example.com:443', 'app.example.com', undefined],
    ['app.example.com.:443', 'app.example.com', undefined],
    ['app.example.com:80', 'app.example.com', 80],
    ['app.example.com:8443', 'app.example.com', 8443],
    ['app.example.com:0', 'app.example.com', 0],
    ['app.example.com:65535', 'app.example.com', 65_535],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', undefined],
    ['my_app', 'my_app', undefined],
    ['web1', 'web1', undefined],
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['[::1]', '[::1]', undefined],
    ['[0:0:0:0:0:0:0:1]:443', '[::1]', undefined],
    ['[2001:DB8::0:1]:8443', '[2001:db8::1]', 8443],
  ])('PATH-22 %s is %s, and its port %s', (host, expected, port) => {
    expect(canonicalTarget({ ...raw, host })).toMatchObject({ host: expected, port });
  });

  it('has no port where it is the own one of the scheme, or of either where that is unknown', () => {
    const portOf = (scheme: string | undefined, port: number) =>
      canonicalTarget({ ...raw, scheme, host: `a:${port}` });
    expect(portOf('http', 80)).toMatchObject({ port: undefined });
    expect(portOf('http', 443)).toMatchObject({ port: 443 });
    expect(portOf('ws', 80)).toMatchObject({ port: undefined });
    expect(portOf(undefined, 80)).toMatchObject({ port: undefined });
    expect(portOf(undefined, 443)).toMatchObject({ port: undefined });
    expect(portOf(undefined, 81)).toMatchObject({ port: 81 });
  });

  it.each(['\u212aing.example', 'b\u00fccher.example', 'app\u3002example', 'app\uff0eexample'])(
    'PATH-22 is none where it is not ASCII: %s',
    (host) => {
      expect(canonicalTarget({ ...raw, host })).toBe('request_host');
    },
  );

  it.each([
    '',
    '.',
    'admin.internal, app',
    'admin.internal,app',
    'evil.com#',
    'evil.com#.example.com',
    'a/b',
    'a\\b',
    'a?b',
    'user@app.example.com',
    'user:pw@app.example.com',
    'app.example.com ',
    ' app.example.com',
    'app.example.com\n',
    'app\u0000.example.com',
    'app..example.com',
    '.app.example.com',
    'app.example.com..',
    'app.example.com:',
    'app.example.com:65536',
    'app.example.com:080',
    'app.example.com:+80',
    'app.example.com:80:80',
    'app%2eexample.com',
    '*.example.com',
    '[::1',
    '::1',
    '[::1]x',
    '[]',
    '[::1%eth0]',
    '[127.0.0.1]',
    '[1::2::3]',
    `${'a'.repeat(254)}`,
    `${'a'.repeat(100_000)}`,
  ])('FWD-08 is none where it is not exactly one valid host: %j', (host) => {
    expect(canonicalTarget({ ...raw, host })).toBe('request_host');
  });

  it.each([
    '127.1',
    '0x7f.0.0.1',
    '010.0.0.1',
    '2130706433',
    '127.0.0.1.2',
    '256.0.0.1',
    'a.0x1',
    '127.0.0.1..',
  ])('FWD-08 is none where %s is an address to some and a name to others', (host) => {
    expect(canonicalTarget({ ...raw, host })).toBe('request_host');
  });

  it('may have 253 characters, with a dot at its end besides', () => {
    expect(canonicalTarget({ ...raw, host: `${'a'.repeat(253)}.` })).toMatchObject({ host: 'a'.repeat(253) });
  });

  it('is one, however its address is written', () => {
    const hostOf = (address: string) => canonicalTarget({ ...raw, host: `[${address}]` });
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const { hostname } = new URL(`http://[${address}]`);
        expect(hostOf(address)).toHaveProperty('host');
        expect(hostOf(address)).toEqual(hostOf(hostname.slice(1, -1)));
      }),
    );
  });
});
