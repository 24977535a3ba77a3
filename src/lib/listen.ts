import { once } from 'node:events';
import { lstat, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';

/** Where a server listens: a host and a port, or the path of a Unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** `host:port`, `[ipv6]:port` or `unix:/path`; undefined where the text is none of them. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith('unix:/')) return { path: text.slice('unix:'.length) };
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** Resolves once the server listens; rejects with the system's error (`EADDRINUSE`, `EACCES`, …). */
export async function listen(server: Server, address: Address): Promise<void> {
  if ('path' in address) await removeDeadSocket(address.path);
  server.listen(address);
  await once(server, 'listening');
}

/** A process that was killed leaves its socket file behind; one that still answers is left alone. */
async function removeDeadSocket(path: string): Promise<void> {
  const probe = connect(path);
  const code = await new Promise((resolve) => {
    probe.once('connect', () => resolve(undefined));
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  probe.destroy();
  // Nobody listens on a regular file either, and a mistyped path must not cost one.
  if (code === 'ECONNREFUSED' && (await lstat(path)).isSocket()) await rm(path);
}

/** What a person types to reach it: the port that was really taken, where 0 was asked for. */
export function printAddress(server: Server): string {
  const bound = server.address();
  if (bound === null) return 'closed';
  if (typeof bound === 'string') return `unix:${bound}`;
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return `http://${host}:${bound.port}`;
}

const GRACE_MILLISECONDS = 5_000;

/**
 * Takes no new connection and ends each one as it falls idle; after 5 s, all. Resolves when the last is gone,
 * at once for a server that does not listen.
 */
export async function closeGently(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const end = setTimeout(() => server.closeAllConnections(), GRACE_MILLISECONDS);
  await closed;
  clearInterval(sweep);
  clearTimeout(end);
}
