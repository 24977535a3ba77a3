import { createServer, type IncomingMessage, type Server } from 'node:http';
import { z } from 'zod';
import { fold } from './names.ts';

/** What `postern echo` says of a request that reached it. */
const echoed = z.object({
  postern: z.literal('echo'),
  method: z.string(),
  /** The request target as it arrived. */
  target: z.string(),
  /** Name, value, name, value, … as they arrived. */
  headers: z.array(z.string()),
});

export type Echoed = Readonly<z.output<typeof echoed>>;

/** Undefined where somebody else wrote it. */
export function parseEchoed(body: string): Echoed | undefined {
  try {
    return echoed.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** It may stand on a real site for a moment, so what a thief could use is not said. */
const HIDDEN = new Set(['cookie', 'authorization', 'proxy_authorization', 'x_postern_gateway']);

const MAX_BODY = 1024 * 1024;

/** The application behind a proxy that is examined: whatever reaches it, it says what did. */
export function createEchoServer(): Server {
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    dropBody(request);
    const body = JSON.stringify(echo(request));
    response
      .writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      })
      .end(body);
  });
  // Else Node drops what comes after the two thousandth, without a word.
  server.maxHeadersCount = 0;
  return server;
}

function echo({ method = '', url = '', rawHeaders }: IncomingMessage): Echoed {
  const headers = rawHeaders.map((text, index) =>
    index % 2 === 1 && HIDDEN.has(fold(rawHeaders[index - 1] ?? '')) ? '[redacted]' : text,
  );
  return { postern: 'echo', method, target: url, headers };
}

function dropBody(request: IncomingMessage): void {
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_BODY) request.destroy();
  });
}
