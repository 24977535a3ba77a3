import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

type Refusal = 400 | 405 | 431;

const MAX_HEADERS = 100;

/**
 * A server whose handler sees only requests that can be read in one way: few headers, all of them, and one
 * sane `Host`. What the runtime refuses by itself (bad syntax, 16 KiB of headers) never gets here. `methods` are
 * those that pass; absent, all that the runtime knows.
 */
export function createGuardedServer(handle: Handler, methods?: ReadonlySet<string>): Server {
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    // Longer than the 60 s for which nginx keeps its side, or it reuses a connection that we are closing.
    keepAliveTimeout: 75_000,
    headersTimeout: 5_000,
    requestTimeout: 10_000,
    // The two limits above are enforced by this timer alone; its default of 30 s lets slow senders live.
    connectionsCheckingInterval: 1_000,
  });
  const guarded: Handler = (request, response) => {
    const refusal = refusalOf(request, methods);
    if (refusal === undefined) handle(request, response);
    else refuse(response, refusal);
  };
  server.on('request', guarded);
  // Without a listener, Node would ask for the body by itself with "100 Continue".
  server.on('checkContinue', guarded);
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return server;
}

function refusalOf(request: IncomingMessage, methods: ReadonlySet<string> | undefined): Refusal | undefined {
  // Node keeps 2,000 headers and drops the rest in silence: far below that, nothing is hidden from us.
  if (request.rawHeaders.length > 2 * MAX_HEADERS) return 431;
  if (methods !== undefined && (!methods.has(request.method ?? '') || request.url === '*')) return 405;
  const hosts = valuesOf(request.rawHeaders, 'host');
  const [host] = hosts;
  if (hosts.length > 1) return 400;
  if (host === undefined) return request.httpVersion === '1.0' ? undefined : 400;
  return isHost(host) ? undefined : 400;
}

/** Every value of a header, as sent: Node's own `headers` keeps the first of two and joins others. */
export function valuesOf(rawHeaders: readonly string[], lowerCaseName: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    const value = rawHeaders[index + 1];
    if (name?.length !== lowerCaseName.length || value === undefined) continue;
    if (name.toLowerCase() === lowerCaseName) values.push(value);
  }
  return values;
}

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;

function isHost(host: string): boolean {
  const match = HOST.exec(host);
  return match !== null && Number(match[1] ?? 0) <= 65_535;
}

function refuse(response: ServerResponse, status: Refusal): void {
  response.writeHead(status, { 'Content-Length': 0, 'Cache-Control': 'no-store', Connection: 'close' });
  response.end();
}
