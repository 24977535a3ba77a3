import { BlockList, isIP, SocketAddress } from 'node:net';

export type Network = {
  readonly address: string;
  /** The length of the common prefix in bits. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
};

/** `10.0.0.0/8`, `10.1.2.3`, `fd00::/8`, `::1`; undefined where the text is none of these. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined;
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > bits)) return undefined;
  return { address, prefix: Number(length ?? bits), family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** As one writes it: `10.0.0.0/8`. */
export function printNetwork({ address, prefix }: Network): string {
  return `${address}/${prefix}`;
}

/** Whether an address, as a socket tells its peer's, lies in one of the networks; undefined lies in none. */
export function createMembership(networks: readonly Network[]): (address: string | undefined) => boolean {
  const members = new BlockList();
  for (const { address, prefix, family } of networks) members.addSubnet(address, prefix, family);
  return (address) => {
    if (address === undefined) return false;
    const plain = unmapped(address);
    const version = isIP(plain);
    return version !== 0 && members.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  };
}

/**
 * Where a request began: its peer; or, where that is one of our own proxies or comes over a Unix socket, the last of
 * `X-Forwarded-For` that is not ours.
 * What stands before that the client can have written.
 */
export function originOf(
  peer: string | undefined,
  forwardedFor: string | undefined,
  isOurs: (address: string | undefined) => boolean,
): string | undefined {
  if (peer !== undefined && !isOurs(peer)) return peer;
  const hops = (forwardedFor ?? '').split(',').map((hop) => hop.trim());
  const origin = hops.findLast((hop) => !isOurs(hop));
  return origin !== undefined && isIP(origin) !== 0 ? origin : peer;
}

/**
 * The client behind our own proxies: the last address of `X-Forwarded-For` that is not ours, or the last one where all
 * are: what stands before that, anybody can have written. Undefined where that can't be told: nothing may be granted to a peer that only handed the request on.
 */
export function clientOf(
  forwardedFor: string | undefined,
  isOurs: (address: string | undefined) => boolean,
): string | undefined {
  const hops = (forwardedFor ?? '').split(',').map((hop) => hop.trim());
  const client = hops.findLast((hop) => !isOurs(hop)) ?? hops.at(-1);
  return client !== undefined && isIP(client) !== 0 && !client.includes('%') ? client : undefined;
}

/**
 * Whom an address is counted as: itself, and of IPv6 its first 64 bits, since a host draws the other 64 as it likes
 * (RFC 4862). One spelling for each.
 */
export function siteOf(address: string): string {
  const [bare = ''] = address.split('%');
  if (isIP(bare) !== 6) return bare;
  const plain = unmapped(new SocketAddress({ address: bare, family: 'ipv6' }).address);
  return isIP(plain) === 4 ? plain : firstHalf(plain);
}

function firstHalf(address: string): string {
  const [left = [], right = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}

/** A server that listens on `::` sees IPv4 peers in their mapped form. */
function unmapped(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
