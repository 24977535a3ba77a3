import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { portOf } from '../support/server.ts';

/** What is sent for a command, in the Redis protocol; undefined for what every server answers. */
export type Script = (words: readonly string[], port: number) => string | undefined;

export const NIL = '$-1\r\n';
export const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
export const infoOf = (version: string) => bulk(`redis_version:${version}\r\nrole:master\r\n`);

/** A server that says what no real one does. It is a cluster of one where it is asked. */
export async function startScripted(script: Script) {
  const sockets = new Set<Socket>();
  const seen: (readonly string[])[] = [];
  let current = script;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let held = '';
    socket.on('data', (chunk) => {
      const { commands, rest } = cut(held + chunk.toString('latin1'));
      held = rest;
      for (const words of commands) {
        seen.push(words);
        socket.write(current(words, portOf(server)) ?? usual(words, portOf(server)));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    seen,
    say: (next: Script) => {
      current = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function usual([name = '', part = '']: readonly string[], port: number): string {
  if (name === 'info') return infoOf('7.0.15');
  if (name === 'echo') return bulk(part);
  if (name === 'cluster' && part.toLowerCase() === 'info') return bulk('cluster_state:ok\r\n');
  if (name === 'cluster') return `*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n${bulk('127.0.0.1')}:${port}\r\n`;
  return NIL;
}

/** Whole commands, each an array of bulk strings, and what is left. */
function cut(text: string): { commands: string[][]; rest: string } {
  const commands: string[][] = [];
  let rest = text;
  for (;;) {
    const head = /^\*(\d+)\r\n/.exec(rest);
    if (head === null) return { commands, rest };
    let at = head[0].length;
    const words: string[] = [];
    for (let index = 0; index < Number(head[1]); index += 1) {
      const size = /^\$(\d+)\r\n/.exec(rest.slice(at));
      if (size === null) return { commands, rest };
      const begin = at + size[0].length;
      at = begin + Number(size[1]) + 2;
      if (at > rest.length) return { commands, rest };
      words.push(rest.slice(begin, at - 2));
    }
    commands.push(words);
    rest = rest.slice(at);
  }
}
