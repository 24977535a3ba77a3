import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { endUnread, type ReadingLimits } from './unread-answers.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export type Refusal = 400 | 405 | 431;

export type Guard = {
  /** The methods that pass; absent, all that the runtime knows. */
  readonly methods?: ReadonlySet<string>;
  readonly takesBodies: boolean;
  /** Told of each request that never got to the handler. */
  readonly refused: (status: Refusal) => void;
  readonly connections: Connections;
};

export type Connections = {
  /** One more is closed as soon as it comes. */
  readonly max: number;
  /** Told of each that was one too many. */
  readonly dropped: () => void;
};

const MAX_HEADERS = 100;

/** In milliseconds. */
export type Patience = {
  /** For the head of a request, and for all of it. */
  readonly headers: number;
  readonly request: number;
  /** The two limits above are enforced by this timer alone; its default of 30 s lets slow senders live. */
  readonly checks: number;
  readonly reading: ReadingLimits;
};

const PATIENCE: Patience = {
  headers: 5_000,
  request: 10_000,
  checks: 1_000,
  reading: { everyMilliseconds: 1_000, looks: 8 },
};

/**
 * A server whose handler sees only requests that can be read in one way: few headers, all of them, and one
 * sane `Host`. What the runtime refuses by itself (bad syntax, 16 KiB of headers) never gets here. Who sends nothing,
 * sends slowly or does not read loses the connection.
 */
export function createGuardedServer(handle: Handler, guard: Guard, patience: Patience = PATIENCE): Server {
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    // Longer than the 60 s for which nginx keeps its side, or it reuses a connection that we are closing.
    keepAliveTimeout: 75_000,
    headersTimeout: patience.headers,
    requestTimeout: patience.request,
    connectionsCheckingInterval: patience.checks,
  });
  endUnread(server, patience.reading);
  server.maxConnections = guard.connections.max;
  server.on('drop', () => guard.connections.dropped());
  const guarded: Handler = (request, response) => {
    const refusal = refusalOf(request, guard);
    if (refusal === undefined) return handle(request, response);
    refuse(response, refusal);
    guard.refused(refusal);
  };
  server.on('request', guarded);
  // "Expect: 100-continue": who reads bodies asks for this one, who reads none lets it stay where it is.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (guard.takesBodies && refusalOf(request, guard) === undefined) response.writeContinue();
    guarded(request, response);
  });
  server.on('connect', refuseTunnel);
  return server;
}

/** CONNECT. The runtime hands the bare socket over: its errors are ours now, and so is its end. */
function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  const answer = 'HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
  socket.end(answer, () => socket.destroy());
}

function refusalOf(request: IncomingMessage, { methods, takesBodies }: Guard): Refusal | undefined {
  // Node keeps 2,000 headers and drops the rest in silence: far below that, nothing is hidden from us.
  if (request.rawHeaders.length > 2 * MAX_HEADERS) return 431;
  if (methods !== undefined && (!methods.has(request.method ?? '') || request.url === '*')) return 405;
  const hosts = valuesOf(request.rawHeaders, 'host');
  const [host] = hosts;
  if (hosts.length > 1) return 400;
  if (host === undefined) return request.httpVersion === '1.0' ? undefined : 400;
  if (!isHost(host)) return 400;
  // Who takes bodies is a framework, which makes a URL of it and throws where it can't ("1.2.3.256").
  return takesBodies && !URL.canParse(`http://${host}`) ? 400 : undefined;
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

/** The one value of a header; undefined also where there are two, since nobody knows which one counts. */
export function only(rawHeaders: readonly string[], lowerCaseName: string): string | undefined {
  const [value, ...others] = valuesOf(rawHeaders, lowerCaseName);
  return others.length > 0 ? undefined : value;
}

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;

let lastHost: string | undefined;

/** A proxy says the same one again and again. */
function isHost(host: string): boolean {
  if (host === lastHost) return true;
  const match = HOST.exec(host);
  if (match === null || Number(match[1] ?? 0) > 65_535) return false;
  lastHost = host;
  return true;
}

function refuse(response: ServerResponse, status: Refusal): void {
  response.writeHead(status, { 'Content-Length': 0, 'Cache-Control': 'no-store', Connection: 'close' });
  response.end();
}
