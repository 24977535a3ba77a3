import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Endpoint, Login, RedisPlace, SinglePlace } from '../../lib/redis-place.ts';
import { isReached } from './masters.ts';
import { guardNodes } from './nodes.ts';
import { createSentinelConnector } from './sentinel.ts';
import { createTlsOptions, type TlsFiles } from './tls.ts';

/** Where the store is, and how it is reached. */
export type RedisLocation = {
  readonly place: RedisPlace;
  readonly tlsFiles: TlsFiles;
  /** Who we are to the sentinels. */
  readonly sentinelLogin: Login;
};

export type Client = Redis | Cluster;

/** The servers that a client writes to. */
export function mastersOf(client: Client): readonly Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}

/** Doubles from 50 ms to 1 s, with jitter, so that many replicas do not come back in step. */
const backOff = (attempt: number) => Math.min(1_000, 50 * 2 ** attempt) * (0.5 + Math.random() / 2);

const OPTIONS = {
  protocol: 2,
  // The client's own defaults queue commands for seconds while the server is away. A gate has to say at once
  // that it can't tell.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // What it had subscribed to is armed in steps, by whoever did so.
  autoResubscribe: false,
  commandTimeout: 150,
  socketTimeout: 500,
  connectTimeout: 1_000,
  // A server that loads its data is asked again no later than this, however long it expects to take.
  maxLoadingRetryTime: 500,
  // No CLIENT SETINFO: older servers refuse it, and an ACL need not allow it.
  disableClientInfo: true,
  retryStrategy: backOff,
} as const satisfies RedisOptions;

/** A client that fails at once while the server does not answer, instead of queueing behind it. */
export function createClient(location: RedisLocation): Client {
  const { place } = location;
  return place.kind === 'cluster'
    ? createCluster(place.nodes, reachedBy(location))
    : createSingle(place, location);
}

/** One more connection to the same master, to be told of changes; none to a cluster, which has several masters. */
export function createSubscriber(location: RedisLocation): Redis | undefined {
  const { place } = location;
  return place.kind === 'cluster' ? undefined : createSingle(place, location);
}

function reachedBy({ place: { login, tls }, tlsFiles }: RedisLocation) {
  const { username, password } = login;
  return {
    ...OPTIONS,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password.reveal() }),
    ...(tls && { tls: createTlsOptions(tlsFiles) }),
  };
}

function createSingle(place: SinglePlace, location: RedisLocation): Redis {
  const options = { ...reachedBy(location), db: place.db };
  if (place.kind === 'standalone') return new Redis({ ...options, ...place.endpoint });
  const { tls } = options;
  return new Redis({
    ...options,
    Connector: createSentinelConnector({ place, login: location.sentinelLogin, tls }),
  });
}

/** A slot that there is, and an address with a host; a server that prefers to tell none leaves it empty, or writes "?". */
const REDIRECTION =
  /^(?:MOVED|ASK) (?:\d{1,4}|1[0-5]\d{3}|16[0-2]\d{2}|163[0-7]\d|1638[0-3]) [^ ?][^ ]*:\d{1,5}$/;

type HandleError = Parameters<Cluster['handleError']>;

class CheckedCluster extends Cluster {
  override handleError(...[error, ttl, handlers]: HandleError): void {
    const [kind, , address] = error.message.split(' ');
    // Of a redirection that leads nowhere, the client itself makes an error that nobody catches, or connects to itself.
    const isBroken = (kind === 'MOVED' || kind === 'ASK') && !REDIRECTION.test(error.message);
    // Who has just become a master may not have heard of what was revoked, and is told first.
    const isNew = kind === 'MOVED' && !isBroken && !isReached(this, address);
    if (isNew) this.refreshSlotsCache();
    if (isBroken || isNew) handlers.defaults();
    else super.handleError(error, ttl, handlers);
  }
}

function createCluster(nodes: readonly Endpoint[], redisOptions: ReturnType<typeof reachedBy>): Cluster {
  const cluster = new CheckedCluster([...nodes], {
    redisOptions,
    enableOfflineQueue: false,
    scaleReads: 'master',
    // By name to each node, and not by an address that was looked up once: TLS checks the name.
    dnsLookup: (host, callback) => callback(null, host),
    // ASK, and MOVED to a master that is reached already, are followed at once, three times. A write whose connection
    // broke may have been applied: it is not sent again. CLUSTERDOWN is the answer, and TRYAGAIN is tried again within
    // the time of one command.
    maxRedirections: 3,
    retryDelayOnMoved: 0,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 30,
    slotsRefreshTimeout: 1_000,
    clusterRetryStrategy: backOff,
  });
  guardNodes(cluster);
  return cluster;
}
