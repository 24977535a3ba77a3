import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** In a busy queue the replies of others come for these. */
const MAX_ECHOES = 10;

/**
 * Whether replies still belong to the commands that they come for, as far as they come. It asks for texts that nobody
 * has said before, and for one more than there are commands that wait: where these wait for replies that were lost, and
 * nobody else asks, the last text comes for the first.
 */
export async function isInStep(server: Redis): Promise<boolean> {
  const count = Math.min(server.commandQueue.length + 1, MAX_ECHOES);
  const texts = Array.from({ length: count }, () => randomUUID());
  const echoes = await Promise.allSettled(texts.map((text) => server.echo(text)));
  return echoes.every((echo, index) => echo.status === 'rejected' || echo.value === texts[index]);
}
