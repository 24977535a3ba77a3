import type { Proxied } from '../../test/support/fault-proxy.ts';
import {
  blackhole,
  type Fault,
  latency,
  refuse,
  reset,
  say,
  slice,
  throttle,
  truncate,
} from '../../test/support/faults.ts';
import type { DisturbedRedis, Replica } from './site.ts';
import type { World } from './world.ts';

export type Struck = {
  readonly redis: DisturbedRedis;
  /** Those whose link is struck, where it is a link that is. */
  readonly replicas: readonly Replica[];
  readonly world: World;
};

export type Disturbance = {
  readonly kind: string;
  readonly begin: (struck: Struck) => Promise<unknown>;
  readonly end: (struck: Struck) => Promise<unknown>;
};

const listens = ({ sent }: Proxied) => sent.some(([name]) => name === 'SUBSCRIBE');
const reads = (connection: Proxied) => !listens(connection);

function onLinks(kind: string, fault: Fault, chooses?: (connection: Proxied) => boolean): Disturbance {
  return {
    kind,
    begin: async ({ replicas }) => {
      for (const { link } of replicas) link.set(fault, chooses);
    },
    end: async ({ replicas }) => {
      for (const { link } of replicas) link.clear();
    },
  };
}

function onRedis(
  kind: string,
  begin: (redis: DisturbedRedis, world: World) => unknown,
  end: (redis: DisturbedRedis) => unknown = () => undefined,
): Disturbance {
  return {
    kind,
    begin: async ({ redis, world }) => begin(redis, world),
    end: async ({ redis }) => end(redis),
  };
}

const killConnections = async ({ client }: DisturbedRedis) => {
  for (const type of ['normal', 'pubsub']) await client.call('CLIENT', 'KILL', 'TYPE', type);
};

/** Not the shape of any reply, so that it is taken for none. */
const GARBAGE = Buffer.from('\u0000garbage\r\n\r\n');

export const DISTURBANCES: readonly Disturbance[] = [
  onLinks('all connections reset', reset),
  onLinks('nobody gets in', refuse),
  onLinks('silence', blackhole()),
  onLinks('silence where it reads', blackhole(), reads),
  onLinks('silence where it listens', blackhole(), listens),
  onLinks('replies lost where it listens', blackhole('to-client'), listens),
  onLinks('100 ms later, or up to 200', latency(100, { jitter: 100 })),
  onLinks('2 KB a second', throttle(2_000)),
  onLinks('a byte at a time', slice(1)),
  onLinks('replies cut short', truncate(7)),
  onLinks('garbage', say(GARBAGE)),
  onRedis('CLIENT KILL', killConnections),
  onRedis(
    'Redis stands still',
    ({ freeze }) => freeze(),
    ({ thaw }) => thaw(),
  ),
  onRedis(
    'Redis restarts',
    ({ kill }) => kill(),
    ({ start }) => start(),
  ),
  onRedis('FLUSHALL', ({ client }, world) => world.emptying(() => client.flushall())),
  onRedis(
    'maxmemory',
    ({ client }) => client.config('SET', 'maxmemory', '1mb'),
    ({ client }) => client.config('SET', 'maxmemory', '0'),
  ),
  onRedis(
    'maxclients',
    async (redis) => {
      await redis.client.config('SET', 'maxclients', '1');
      await killConnections(redis);
    },
    ({ client }) => client.config('SET', 'maxclients', '10000'),
  ),
];
