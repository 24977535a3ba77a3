import { isIPv4, isIPv6, SocketAddress } from 'node:net';

export type Scheme = 'http' | 'https';

export type Authority = { readonly host: string; readonly port: number | undefined };

const NAME_AND_PORT = /^([\w.-]{1,254})(?::(0|[1-9]\d{0,4}))?$/;
const IPV6_AND_PORT = /^\[([0-9A-Fa-f:.]{2,45})\](?::(0|[1-9]\d{0,4}))?$/;
const LABELS = /^[\w-]+(?:\.[\w-]+)*$/;
/** The URL standard takes every name that ends so for an IPv4 address: `127.1` and `0x7f.1` are 127.0.0.1. */
const NUMBER_AT_END = /(?:^|\.)(?:\d+|0[xX][0-9A-Fa-f]*)$/;
const MAX_NAME = 253;
const DEFAULT_PORTS: Readonly<Record<Scheme, readonly number[]>> = { http: [80], https: [443] };
const ANY_DEFAULT_PORT = [80, 443];

/**
 * RFC 9110 section 7.2, `Host`: exactly one name, IPv4 address or bracketed IPv6 address, in lower case, and a port
 * where it is not the scheme's own. Undefined for all else: a list, an authority with a user, a name that is not ASCII
 * (whose lower case can be: U+212A is a `k`).
 */
export function canonicalHost(raw: string, scheme: Scheme | undefined): Authority | undefined {
  const isBracketed = raw.startsWith('[');
  const [, name, digits] = (isBracketed ? IPV6_AND_PORT : NAME_AND_PORT).exec(raw) ?? [];
  if (name === undefined) return undefined;
  const host = isBracketed ? ipv6Of(name) : nameOf(name);
  const port = digits === undefined ? undefined : Number(digits);
  if (host === undefined || (port !== undefined && port > 65_535)) return undefined;
  const defaults = scheme === undefined ? ANY_DEFAULT_PORT : DEFAULT_PORTS[scheme];
  return { host, port: port === undefined || defaults.includes(port) ? undefined : port };
}

function ipv6Of(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  return `[${new SocketAddress({ address, family: 'ipv6' }).address}]`;
}

/** RFC 1034 section 3.1: a dot at the end says only that the name is a whole one. */
function nameOf(text: string): string | undefined {
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase();
  if (name.length > MAX_NAME || !LABELS.test(name)) return undefined;
  return isIPv4(name) || !NUMBER_AT_END.test(name) ? name : undefined;
}
