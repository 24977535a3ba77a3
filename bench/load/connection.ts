import { connect } from 'node:net';

export type Reply = { readonly status: number; readonly head: string; readonly body: string };

/** A connection that is kept, and one question on it at a time. */
export type Connection = {
  readonly ask: (request: string, answered: (reply: Reply) => void) => void;
  readonly close: () => void;
};

/** On a bare socket: what a client of the runtime costs would be counted as the server's. */
export function openConnection(port: number, failed: (error: Error) => void): Connection {
  const socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1');
  let held = '';
  let waiting: ((reply: Reply) => void) | undefined;
  let closing = false;
  socket.on('data', (chunk) => {
    held += chunk;
    const read = readReply(held);
    if (read === undefined) return;
    held = held.slice(read.length);
    const answered = waiting;
    waiting = undefined;
    if (answered === undefined) failed(new Error('an answer came to no question'));
    else answered(read);
  });
  socket.on('error', failed);
  socket.on('close', () => {
    if (!closing) failed(new Error('the server closed a connection'));
  });
  return {
    ask: (request, answered) => {
      waiting = answered;
      socket.write(request, 'latin1');
    },
    close: () => {
      closing = true;
      socket.destroy();
    },
  };
}

/** Undefined while it is not whole. `length` is how much of the text it is. */
export function readReply(text: string): (Reply & { readonly length: number }) | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const status = Number(text.slice(9, 12));
  const head = text.slice(0, end);
  const length = end + 4 + bodyLength(head, status);
  return text.length < length ? undefined : { status, head, body: text.slice(end + 4, length), length };
}

const CLOSING = /\r\nconnection: *close/i;
const LENGTH = /\r\ncontent-length: *(\d+)/i;

function bodyLength(head: string, status: number): number {
  const length = LENGTH.exec(head)?.[1];
  if (length !== undefined) return Number(length);
  // What the runtime itself refuses has neither length nor body, and is the last on its connection.
  if (status === 204 || CLOSING.test(head)) return 0;
  throw new Error(`an answer has no length:\n${head}`);
}
