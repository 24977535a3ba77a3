import { BlockList, isIP } from 'node:net';

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

/** Whether an address, as a socket tells its peer's, lies in one of the networks; undefined lies in none. */
export function createMembership(networks: readonly Network[]): (address: string | undefined) => boolean {
  const members = new BlockList();
  for (const { address, prefix, family } of networks) members.addSubnet(address, prefix, family);
  return (address) => {
    if (address === undefined) return false;
    // A server that listens on `::` sees IPv4 peers in their mapped form.
    const plain = address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
    const version = isIP(plain);
    return version !== 0 && members.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  };
}
