import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { portOf } from './server.ts';

export type KeyHost = Awaited<ReturnType<typeof startKeyHost>>;

/** A real server where an issuer's documents are; the test says what it answers, and sees what it was asked. */
export async function startKeyHost() {
  let answer: RequestListener = (_, response) => response.writeHead(404).end();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    /** The path of each request, in order. */
    asked,
    answerWith: (listener: RequestListener) => {
      answer = listener;
    },
    /** Each path's document; 404 for all else. */
    serve: (documents: { readonly [path: string]: unknown }) => {
      answer = ({ url = '' }, response) => {
        if (!Object.hasOwn(documents, url)) return void response.writeHead(404).end();
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify(documents[url]));
      };
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Lets everything else go on until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setImmediate();
}
