import { createConnection, isIPv6, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import { type Endpoint, type Login, parseEndpoint, type RedisPlace } from '../../lib/redis-place.ts';
import { NoMaster, wordsOf } from './errors.ts';
import { guardReplies } from './replies.ts';

type Sentinels = {
  readonly place: Extract<RedisPlace, { readonly kind: 'sentinel' }>;
  /** Who we are to the sentinels. */
  readonly login: Login;
  readonly tls: ConnectionOptions | undefined;
};

/** For how long the client lets a connection that it ended linger; its own default. */
const LINGER_MILLISECONDS = 2_000;

/**
 * Leads a client to the master that the sentinels name, in the place of the client's own connector: that one believes
 * what a sentinel says, and ends the process for a reply that was not asked for, or the client for a port that is none;
 * and while the sentinels are away it tries again by itself for ever, also where somebody wanted to look only once.
 *
 * Only the sentinels of the settings are asked: they tell each other's addresses as they see them, which may be none of
 * ours. Of a failover we hear by our connections: the sentinels close those of a master that they demote.
 */
export function createSentinelConnector(sentinels: Sentinels) {
  let turn = 0;
  return class extends AbstractConnector {
    constructor() {
      super(LINGER_MILLISECONDS);
    }

    /** A sentinel that was away for a while may name a master that is one no longer. Another one is asked first then. */
    override check({ role }: { readonly role?: string }): boolean {
      return role === undefined || role === 'master';
    }

    override async connect(): Promise<Socket> {
      this.connecting = true;
      const master = await findMaster(sentinels, turn);
      turn += 1;
      if (master instanceof NoMaster) this.firstError = master;
      else if (this.connecting) return this.#open(master);
      // The client would end for good if this rejected. It tries again, by its own strategy, after what is over.
      return new Socket().destroy();
    }

    #open(master: Endpoint): Socket {
      const { tls } = sentinels;
      this.stream = tls === undefined ? createConnection(master) : connectSecurely({ ...master, ...tls });
      this.stream.once('error', (error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
}

async function findMaster(sentinels: Sentinels, turn: number): Promise<Endpoint | NoMaster> {
  const all = sentinels.place.sentinels;
  const first = turn % all.length;
  const reasons = new Set<string>();
  for (const endpoint of [...all.slice(first), ...all.slice(0, first)]) {
    const answer = await ask(endpoint, sentinels);
    if (typeof answer !== 'string') return answer;
    reasons.add(answer);
  }
  return new NoMaster(`no sentinel names the master: ${[...reasons].sort().join('; ')}`);
}

const OPTIONS = {
  protocol: 2,
  lazyConnect: true,
  enableReadyCheck: false,
  connectTimeout: 1_000,
  commandTimeout: 1_000,
  disableClientInfo: true,
  retryStrategy: () => null,
} as const satisfies RedisOptions;

function parseAddress(told: unknown): Endpoint | undefined {
  const [host = '', port = ''] = Array.isArray(told) ? told.map(String) : [];
  return parseEndpoint(`${isIPv6(host) ? `[${host}]` : host}:${port}`, 0);
}

/** Where one sentinel says that the master is, or why there is no such answer. */
async function ask(endpoint: Endpoint, { place, login, tls }: Sentinels): Promise<Endpoint | string> {
  const sentinel = new Redis({
    ...OPTIONS,
    ...endpoint,
    ...(login.username !== undefined && { username: login.username }),
    ...(login.password !== undefined && { password: login.password.reveal() }),
    ...(tls !== undefined && { tls }),
  });
  guardReplies(sentinel);
  // It says more than the rejection that comes of it.
  let trouble: string | undefined;
  sentinel.on('error', (error: Error) => {
    trouble ??= wordsOf(error);
  });
  try {
    await sentinel.connect();
    const told = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', place.master);
    if (told === null) return 'it knows no such master';
    return parseAddress(told) ?? 'what it names is no address';
  } catch (error) {
    return trouble ?? wordsOf(error instanceof Error ? error : new Error(String(error)));
  } finally {
    sentinel.disconnect();
  }
}
