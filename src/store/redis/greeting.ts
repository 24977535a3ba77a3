import { type Client, mastersOf } from './client.ts';
import { UnfitServer } from './errors.ts';
import { fieldOf } from './info.ts';

/** The oldest that is still mended, and says that it is one; Valkey says that it is a Redis of 7.2. */
const OLDEST = [6, 2] as const;

/**
 * Resolves where a client is of use: a read is answered, as a decision is a read, and no server is too old. It asks all
 * masters of a cluster about themselves first, so that we are connected to those that are there. Who may not ask (ACL)
 * is none the worse for it.
 */
export async function greet(client: Client, probeKey: string): Promise<void> {
  const answers = await Promise.allSettled(mastersOf(client).map((server) => server.info('server')));
  for (const answer of answers) {
    const refusal = answer.status === 'fulfilled' ? refusalOf(answer.value) : undefined;
    if (refusal !== undefined) throw new UnfitServer(refusal);
  }
  await client.get(probeKey);
}

/** Why we don't work with the server that says this of itself; undefined where we do, or it does not say its version. */
export function refusalOf(info: string): string | undefined {
  const version = fieldOf(info, 'redis_version') ?? '';
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})(?:\.|$)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  return isOld
    ? `Redis ${major}.${minor} is too old: Postern needs Redis ${OLDEST.join('.')} or later, or Valkey`
    : undefined;
}
