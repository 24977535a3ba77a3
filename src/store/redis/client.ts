import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Endpoint, Login, RedisPlace } from '../../lib/redis-place.ts';
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
  // No CLIENT SETINFO: older servers refuse it, and an ACL need not allow it.
  disableClientInfo: true,
  retryStrategy: backOff,
} as const satisfies RedisOptions;

/** A client that fails at once while the server does not answer, instead of queueing behind it. */
export function createClient(location: RedisLocation): Client {
  const { place } = location;
  return place.kind === 'cluster' ? createCluster(place.nodes, reachedBy(location)) : createSingle(location);
}

/** One more connection to the same master, to be told of changes; none to a cluster, which has several masters. */
export function createSubscriber(location: RedisLocation): Redis | undefined {
  return location.place.kind === 'cluster' ? undefined : createSingle(location);
}

function reachedBy({ place: { login, tls }, tlsFiles }: RedisLocation) {
  return { ...OPTIONS, ...reveal(login), ...(tls && { tls: createTlsOptions(tlsFiles) }) };
}

function reveal({ username, password }: Login) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password.reveal() }),
  };
}

function createSingle(location: RedisLocation): Redis {
  const { place, sentinelLogin } = location;
  const options = reachedBy(location);
  if (place.kind === 'standalone') return new Redis({ ...options, ...place.endpoint, db: place.db });
  if (place.kind === 'cluster') throw new Error('a cluster has no single server');
  const { username, password } = reveal(sentinelLogin);
  return new Redis({
    ...options,
    db: place.db,
    name: place.master,
    role: 'master',
    sentinels: [...place.sentinels],
    ...(username !== undefined && { sentinelUsername: username }),
    ...(password !== undefined && { sentinelPassword: password }),
    ...('tls' in options && { sentinelTLS: options.tls, enableTLSForSentinelMode: true }),
    sentinelCommandTimeout: 1_000,
    sentinelRetryStrategy: backOff,
    // Those of the settings, and no others: sentinels tell each other's addresses as they see them, which may be none of
    // ours.
    updateSentinels: false,
    // It would disconnect us when a sentinel tells of a failover; where it does so while we are reconnecting already,
    // the client ends for good. The sentinels close the connections of a master that they demote, without it.
    failoverDetector: false,
  });
}

/** A slot that there is, and an address with a host; a server that prefers to tell none leaves it empty, or writes "?". */
const REDIRECTION =
  /^(?:MOVED|ASK) (?:\d{1,4}|1[0-5]\d{3}|16[0-2]\d{2}|163[0-7]\d|1638[0-3]) [^ ?][^ ]*:\d{1,5}$/;

type HandleError = Parameters<Cluster['handleError']>;

class CheckedCluster extends Cluster {
  /** Of a redirection that leads nowhere, the client itself makes an error that nobody catches, or connects to itself. */
  override handleError(...[error, ttl, handlers]: HandleError): void {
    const isBroken = /^(?:MOVED|ASK)\b/.test(error.message) && !REDIRECTION.test(error.message);
    if (isBroken) handlers.defaults();
    else super.handleError(error, ttl, handlers);
  }
}

function createCluster(nodes: readonly Endpoint[], redisOptions: ReturnType<typeof reachedBy>): Cluster {
  return new CheckedCluster([...nodes], {
    redisOptions,
    enableOfflineQueue: false,
    scaleReads: 'master',
    // By name to each node, and not by an address that was looked up once: TLS checks the name.
    dnsLookup: (host, callback) => callback(null, host),
    // MOVED and ASK are followed at once, three times. A write whose connection broke may have been applied: it is not
    // sent again. CLUSTERDOWN is the answer, and TRYAGAIN is tried again within the time of one command.
    maxRedirections: 3,
    retryDelayOnMoved: 0,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 30,
    slotsRefreshTimeout: 1_000,
    clusterRetryStrategy: backOff,
  });
}
