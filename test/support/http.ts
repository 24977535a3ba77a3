import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { ADMIN_TOKEN } from './postern.ts';

export type Reply = {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly rawHeaders: readonly string[];
  readonly body: string;
};

export type Ask = {
  readonly method?: string;
  readonly path: string;
  /** Name, value, name, value, …: sent as they stand, twice where they stand twice. */
  readonly headers?: readonly string[];
  readonly body?: string;
};

/** One request on a connection of its own. */
export async function send(port: number, { method = 'GET', path, headers = [], body }: Ask): Promise<Reply> {
  const host = headers.some((name) => name.toLowerCase() === 'host') ? [] : ['Host', `127.0.0.1:${port}`];
  const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))];
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: false,
    setHost: false,
    headers: [...host, ...headers, ...length],
  });
  outgoing.end(body);
  const [response]: IncomingMessage[] = await once(outgoing, 'response');
  if (response === undefined) throw new Error('there was no response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    body: Buffer.concat(chunks).toString(),
  };
}

/** Sends bytes as they stand; gives everything that comes back until the other side closes, as they must make it do. */
export async function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** A request's head, or a part of it, as it stands on the wire: each line with its end. */
export const lines = (...parts: readonly string[]): string => `${parts.join('\r\n')}\r\n`;

/** With it in a head, `sendRaw` ends after the answer. */
export const CLOSE = 'Connection: close';

/** The status of each answer in what `sendRaw` gave back. */
export function statusesOf(text: string): readonly number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}

/** A call to the management API with the admin token. */
export async function manage(
  adminPort: number,
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply> {
  return send(adminPort, {
    method,
    path: `/management/v4${path}`,
    headers: ['Authorization', `Bearer ${ADMIN_TOKEN}`, 'Content-Type', 'application/json'],
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

export type NewSession = {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: number;
  readonly setCookie: string;
  readonly clearCookie: string;
};

export async function createSession(
  adminPort: number,
  body: unknown,
  tenant = 'default',
): Promise<NewSession> {
  const reply = await manage(adminPort, 'POST', `/${tenant}/sessions`, body);
  if (reply.status !== 201) throw new Error(`a session was not created: ${reply.status} ${reply.body}`);
  return JSON.parse(reply.body);
}

export function cookieOf({ token }: { token: string }): readonly string[] {
  return ['Cookie', `session=${token}`];
}

export function bearerOf({ token }: { token: string }): readonly string[] {
  return ['Authorization', `Bearer ${token}`];
}
