import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { IDENTITY_HEADER_NAMES } from '../../../src/proxy/presets.ts';
import { freePort, portOf } from '../server.ts';
import { fold } from '../site.ts';
import type { AnswerName } from './proxy.ts';

/** One question as it stood on the wire. */
export type Asked = {
  readonly line: string;
  readonly rawHeaders: readonly string[];
  /** Under folded names. */
  readonly headers: Readonly<Record<string, string>>;
};

/** Something in the place of Postern that answers every question with the same bytes, or does something else. */
export type Resolver = {
  readonly port: number;
  readonly asked: readonly Asked[];
  /** Whatever came that was no question's head: bodies. */
  readonly rest: () => string;
  readonly close: () => void;
};

export async function startResolver(answer: (socket: Socket) => void): Promise<Resolver> {
  const asked: Asked[] = [];
  const rests = new Set<() => string>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let text = '';
    sockets.add(socket);
    rests.add(() => text);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        asked.push(parseHead(text.slice(0, end)));
        text = text.slice(end + 4);
        answer(socket);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    asked,
    rest: () => [...rests].map((rest) => rest()).join(''),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function parseHead(head: string): Asked {
  const [line = '', ...fields] = head.split('\r\n');
  const rawHeaders = fields.flatMap((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon), field.slice(colon + 1).trim()];
  });
  return { line, rawHeaders, headers: fold(rawHeaders) };
}

/** An answer of these headers, and of no body. */
export const answerWith =
  (status: number, headers: readonly string[] = []) =>
  (socket: Socket): void => {
    const fields = headers.map((field) => `${field}\r\n`).join('');
    const length = status === 204 ? '' : 'Content-Length: 0\r\n';
    socket.write(`HTTP/1.1 ${status} Answered\r\n${length}${fields}\r\n`);
  };

/** An allow as Postern gives it, of nobody in particular. */
export const EMPTY_IDENTITY = IDENTITY_HEADER_NAMES.map((name) => `${name}: `);

/** What each of these says to a client, where the proxy passes it on. */
export const FOR_THE_CLIENT: Readonly<Record<string, string>> = {
  'WWW-Authenticate': 'Bearer realm="resolver"',
  'Set-Cookie': 'from=resolver',
  'Access-Control-Allow-Origin': 'https://resolver.example',
  'Retry-After': '77',
};
export const LOGIN_PAGE = 'https://login.example/?return=x';

const fieldsOf = (headers: Readonly<Record<string, string>>) => [
  ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  'Set-Cookie: second=too',
];

/** The resolver that gives, or fails to give, an answer. */
export async function startAnswering(name: AnswerName): Promise<Resolver> {
  const [first = '', second] = name.split(', ');
  const status = Number(first);
  if (status === 200) return startResolver(answerWith(200, EMPTY_IDENTITY));
  if (Number.isInteger(status)) {
    const login = second === undefined && status !== 302 ? {} : { Location: LOGIN_PAGE };
    return startResolver(answerWith(status, fieldsOf({ ...FOR_THE_CLIENT, ...login })));
  }
  if (name === 'nonsense') return startResolver((socket) => void socket.write('nonsense\r\n\r\n'));
  if (name === 'half an answer') return startResolver((socket) => void socket.end('HTTP/1.1 200 OK\r\nX-A'));
  if (name === 'closes') return startResolver((socket) => void socket.end());
  if (name === 'hangs') return startResolver(() => undefined);
  return { port: await freePort(), asked: [], rest: () => '', close: () => undefined };
}
