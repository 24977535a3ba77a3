import type { Address } from '../lib/listen.ts';
import { parseAddress } from '../lib/listen.ts';

/** Where the management API is. */
export type Endpoint = {
  /** As a person would write it. */
  readonly printed: string;
  readonly secure: boolean;
  readonly to: { readonly host: string; readonly port: number } | { readonly socketPath: string };
  /** What goes before every path, where a proxy serves it below one. */
  readonly base: string;
};

/** `http://…`, `https://…` or `unix:/path`; undefined where the text is none of them, or holds more than an address. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const address = parseAddress(text);
  if (address !== undefined && 'path' in address) return endpointAt(address);
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, hostname, port, pathname, search, hash, origin } = new URL(text);
  if (!['http:', 'https:'].includes(protocol) || username + password + search + hash !== '') return undefined;
  const secure = protocol === 'https:';
  const base = pathname.replace(/\/+$/, '');
  // Node connects to `::1`, where a URL says `[::1]`.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { printed: origin + base, secure, to: { host, port: Number(port || (secure ? 443 : 80)) }, base };
}

/** Where a server with this `listen.admin` is reached from its own machine; undefined for a port that it chooses. */
export function endpointAt(address: Address): Endpoint | undefined {
  if ('path' in address) {
    return { printed: `unix:${address.path}`, secure: false, to: { socketPath: address.path }, base: '' };
  }
  if (address.port === 0) return undefined;
  const host = LOCAL[address.host] ?? address.host;
  return parseEndpoint(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}`);
}

/** Who listens on every address listens on this one. */
const LOCAL: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
