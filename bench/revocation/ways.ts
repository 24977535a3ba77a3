import type { Redis } from 'ioredis';
import { parseSessionId } from '../../src/decision/token.ts';
import { createKeys } from '../../src/store/redis/keys.ts';
import { ADMIN_TOKEN, type Ports } from '../postern.ts';
import type { Ask } from './asker.ts';

export const PREFIX = 'replicas';

export type Made = { readonly id: string; readonly token: string };

/** How a session comes to its end. */
export type Way = {
  readonly what: string;
  /** Gives when it ended, by `performance.now()`: before the call that ended it, so that the call is in there. */
  readonly end: (session: Made) => Promise<number>;
};

type Parts = {
  /** Of the replica that is told, and of its management API. */
  readonly tell: Ask;
  readonly ports: Ports;
  readonly redis: Redis;
};

/** Long enough to be read again and held after it was set. */
const LIFE_MILLISECONDS = 100;

export function createWays({ tell, ports, redis }: Parts): readonly Way[] {
  return [
    { what: 'the API of another', end: ({ id }) => sinceBefore(() => revoke(tell, ports, id)) },
    { what: 'DEL', end: ({ id }) => sinceBefore(() => redis.del(rowOf(id))) },
    { what: 'its time', end: ({ id }) => outlive(redis, rowOf(id)) },
    { what: 'eviction', end: ({ id }) => sinceBefore(() => evict(redis, rowOf(id))) },
    { what: 'FLUSHALL', end: () => sinceBefore(() => redis.flushall()) },
  ];
}

async function sinceBefore(end: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await end();
  return started;
}

/** To set its end is a write, of which Redis tells: it is read again, and what is measured is that new end. */
async function outlive(redis: Redis, row: string): Promise<number> {
  const endsAt = performance.now() + LIFE_MILLISECONDS;
  await redis.pexpire(row, LIFE_MILLISECONDS);
  return endsAt;
}

/** Which keys go first is for Redis to say; so all have to. */
async function evict(redis: Redis, row: string): Promise<void> {
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', '1');
  while ((await redis.exists(row)) === 1);
  await redis.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
}

async function revoke(tell: Ask, { admin }: Ports, id: string): Promise<void> {
  const request = [
    `DELETE /management/v4/default/sessions/${id} HTTP/1.1`,
    `Host: 127.0.0.1:${admin}`,
    `Authorization: Bearer ${ADMIN_TOKEN}`,
    '\r\n',
  ].join('\r\n');
  const { status } = await tell(request);
  if (status !== 204) throw new Error(`a revocation was answered with ${status}`);
}

function rowOf(id: string): string {
  const parsed = parseSessionId(id);
  if (parsed === undefined) throw new Error('the id of a session has another form');
  return createKeys(PREFIX).row('default', parsed);
}
