import { randomUUID } from 'node:crypto';
import { NotTheOne } from '../unreadable.ts';
import type { Client } from './client.ts';
import { FOREIGN } from './errors.ts';

/** KEYS: what is asked for. ARGV: what names the question. In one reply, so that nothing comes between its parts. */
const ASK = `return { redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]), ARGV[1] }`;

/** What stands under a key, or null, and for how many milliseconds yet: `NO_END`, or what PTTL says. */
export type Answer = { readonly text: string | null; readonly milliseconds: number };

/** Of what has no end of its own, as what somebody put there by hand. */
export const NO_END = -1;

/**
 * A GET whose reply says which question it answers. Where a reply was lost, each one belongs to a command before: a row
 * names itself, but a nil does not, and neither does a number. For what a nil lets pass, and for what is held.
 */
export async function ask(redis: Client, key: string): Promise<Answer> {
  const question = randomUUID();
  const reply = await redis.eval(ASK, 1, key, question);
  const [text, milliseconds, answered]: readonly unknown[] = Array.isArray(reply) ? reply : [];
  if (answered === question && isText(text) && typeof milliseconds === 'number')
    return { text, milliseconds };
  throw new NotTheOne('store_unavailable', FOREIGN);
}

const isText = (text: unknown): text is string | null => typeof text === 'string' || text === null;
