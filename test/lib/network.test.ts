import { describe, expect, it } from 'vitest';
import { createMembership, originOf, parseNetwork, siteOf } from '../../src/lib/network.ts';

const isOurs = createMembership(
  ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'].flatMap((text) => parseNetwork(text) ?? []),
);

describe('where a request began', () => {
  it.each<[string, string | undefined, string | undefined, string | undefined]>([
    ['a stranger, whatever it writes', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a proxy of ours that says nothing', '127.0.0.1', undefined, '127.0.0.1'],
    ['the one who came to our proxy', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
    [
      'the last stranger, not what it wrote before itself',
      '127.0.0.1',
      '10.9.9.9, 192.0.2.7, 198.51.100.1',
      '198.51.100.1',
    ],
    ['behind two proxies of ours', '127.0.0.1', '192.0.2.7, 198.51.100.1, 10.1.1.1', '198.51.100.1'],
    ['behind a proxy whose address is mapped', '::ffff:10.0.0.1', ' 198.51.100.1 ', '198.51.100.1'],
    ['an IPv6 host', 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['our proxy itself, where all hops are ours', '127.0.0.1', '10.1.1.1, 10.2.2.2', '127.0.0.1'],
    ['our proxy, where the last hop is no address', '127.0.0.1', '198.51.100.1, unknown', '127.0.0.1'],
    ['our proxy, where the last hop has a port', '127.0.0.1', '198.51.100.1:4711', '127.0.0.1'],
    ['our proxy, where nothing stands in the header', '127.0.0.1', '', '127.0.0.1'],
    ['where the proxy behind a Unix socket says', undefined, '198.51.100.1, 10.0.0.9', '198.51.100.1'],
    ['nobody knows where: a Unix socket, and nothing said', undefined, undefined, undefined],
  ])('TOK-08 %s', (_, peer, forwardedFor, origin) => {
    expect(originOf(peer, forwardedFor, isOurs)).toBe(origin);
  });
});

describe('whom an address is counted as', () => {
  it.each([
    ['198.51.100.1', '198.51.100.1'],
    ['::ffff:198.51.100.1', '198.51.100.1'],
    ['::ffff:c633:6401', '198.51.100.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9%eth0', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001::3:4:5:6:7:8', '2001:0:3:4::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('TOK-08 %s is %s', (address, site) => {
    expect(siteOf(address)).toBe(site);
  });
});
