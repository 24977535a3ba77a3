import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Answer, Header, Probe, Send } from './probe.ts';
import { parseReply } from './reply.ts';

export type Destination = {
  readonly to: { readonly host: string; readonly port: number } | { readonly socketPath: string };
  readonly secure: boolean;
  /** What stands in `Host`. */
  readonly host: string;
};

const MAX_REPLY = 1024 * 1024;

/**
 * Sends each probe on a connection of its own, byte for byte as it stands: an HTTP client would refuse or repair
 * most of what is worth asking. `patience` ends the wait for one answer.
 */
export function createSend(destination: Destination, patience: () => AbortSignal): Send {
  return (probe) =>
    new Promise<Answer>((resolve) => {
      const socket = open(destination);
      const signal = patience();
      let bytes = Buffer.alloc(0);
      let connected = false;
      const end = (answer: Answer) => {
        signal.removeEventListener('abort', giveUp);
        socket.destroy();
        resolve(answer);
      };
      const giveUp = () => end({ kind: 'timeout' });
      const endWhole = () => end(parseReply(bytes, true) ?? { kind: 'closed' });
      signal.addEventListener('abort', giveUp);
      socket.once(destination.secure ? 'secureConnect' : 'connect', () => {
        connected = true;
        socket.write(Buffer.from(write(probe, destination.host), 'latin1'));
      });
      socket.on('data', (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk]);
        const reply = parseReply(bytes, bytes.length > MAX_REPLY);
        if (reply !== undefined) end(reply);
        else if (bytes.length > MAX_REPLY) end({ kind: 'closed' });
      });
      socket.once('end', endWhole);
      socket.once('close', endWhole);
      socket.on('error', (error: NodeJS.ErrnoException) =>
        connected ? endWhole() : end({ kind: 'unreachable', code: error.code ?? 'no connection' }),
      );
    });
}

function open({ to, secure }: Destination): Socket {
  if ('socketPath' in to) return connect(to.socketPath);
  if (!secure) return connect(to);
  // RFC 6066 section 3: an address is no server name.
  return connectSecurely({
    ...to,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(to.host) === 0 && { servername: to.host }),
  });
}

function write({ method, target, headers }: Probe, host: string): string {
  const names = headers.map(([name]) => name.toLowerCase());
  const before: readonly Header[] = names.includes('host') ? [] : [['Host', host]];
  const after: readonly Header[] = names.includes('connection') ? [] : [['Connection', 'close']];
  const lines = [...before, ...headers, ...after].map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : value.reveal()}\r\n`,
  );
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
