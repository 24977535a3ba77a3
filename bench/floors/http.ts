/**
 * F1 and F2, in a process of its own: the runtime's own server, which says the same to everybody. With a file of keys,
 * each answer waits for one GET.
 */
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { Redis } from 'ioredis';
import { z } from 'zod';

const schema = z.strictObject({
  port: z.int(),
  /** Name, value, name, value, … */
  headers: z.array(z.string()),
  store: z.strictObject({ url: z.string(), keys: z.string() }).optional(),
});

export type Floor = z.output<typeof schema>;

const { port, headers, store } = schema.parse(JSON.parse(process.argv[2] ?? ''));

const answer = (response: ServerResponse) => response.writeHead(200, headers).end();

const server = createServer({ keepAliveTimeout: 75_000 });
if (store === undefined) server.on('request', (_, response) => answer(response));
else answerFromStore(store);
server.listen(port, '127.0.0.1');

function answerFromStore({ url, keys: file }: NonNullable<Floor['store']>): void {
  const keys = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const redis = new Redis(url, { protocol: 2 });
  let place = 0;
  server.on('request', async (_, response) => {
    const key = keys[place % keys.length] ?? '';
    place += 1;
    if ((await redis.get(key)) === null) throw new Error('the store lacks a session');
    answer(response);
  });
}
