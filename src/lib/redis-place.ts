import { Secret } from './secret.ts';

export type Endpoint = { readonly host: string; readonly port: number };

/** Whom a server knows us as. Without a username it is the server's default user, without a password nobody. */
export type Login = { readonly username?: string | undefined; readonly password?: Secret | undefined };

/** Where a Redis is, as its URL says. */
export type RedisPlace = { readonly tls: boolean; readonly login: Login } & (
  | { readonly kind: 'standalone'; readonly endpoint: Endpoint; readonly db: number }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly Endpoint[];
      readonly master: string;
      readonly db: number;
    }
  | { readonly kind: 'cluster'; readonly nodes: readonly Endpoint[] }
);

/** All but a cluster have one server at a time that is read and written. */
export type SinglePlace = Exclude<RedisPlace, { readonly kind: 'cluster' }>;

/** What is wrong with a URL; it quotes no part of it. */
export type Fault = { readonly fault: string };

const URL_OF_REDIS = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:(.*)@)?([^@/]*)(?:\/(.*))?$/s;

/**
 * `redis://[user:password@]host[:port][/db]`, `redis+sentinel://…host:port,host:port/master-name[/db]`,
 * `redis+cluster://…host:port,host:port`, and all of them with `rediss`, over TLS. Undefined where it is no such URL.
 */
export function parseRedisUrl(text: string): RedisPlace | Fault | undefined {
  const found = URL_OF_REDIS.exec(text);
  if (found === null) return undefined;
  const [, secure, kind, userInfo, hosts = '', path = ''] = found;
  if (/[/?#\s]/.test(userInfo ?? '') || /[?#\s]/.test(hosts + path))
    return { fault: 'takes no space, "?" or "#", and in a password also no "/": percent-encode them' };
  const login = parseLogin(userInfo);
  if (login === undefined)
    return { fault: 'must have "user:password@" or ":password@" before the host, percent-encoded' };
  const endpoints = hosts.split(',').map((host) => parseEndpoint(host, kind === 'sentinel' ? 26_379 : 6_379));
  const broken = endpoints.indexOf(undefined);
  if (broken >= 0) return { fault: `must have host:port or [ipv6]:port as its host number ${broken + 1}` };
  const reached = { tls: secure === 's', login };
  return placeAt(
    endpoints.flatMap((endpoint) => endpoint ?? []),
    kind,
    path,
    reached,
  );
}

function placeAt(
  endpoints: readonly Endpoint[],
  kind: string | undefined,
  path: string,
  reached: Pick<RedisPlace, 'tls' | 'login'>,
): RedisPlace | Fault {
  if (kind === 'cluster') {
    if (path !== '') return { fault: 'takes nothing behind the hosts of a cluster, which has no databases' };
    return { kind, nodes: endpoints, ...reached };
  }
  const [master = '', ...behind] = kind === 'sentinel' ? path.split('/') : ['', path];
  const db = parseDb(behind);
  if (db === undefined) return { fault: 'must end in the number of a database, or in none' };
  if (kind === 'sentinel') {
    if (!/^[A-Za-z0-9._-]+$/.test(master))
      return {
        fault: 'must name the master behind the sentinels: redis+sentinel://host:port,host:port/name',
      };
    return { kind, sentinels: endpoints, master, db, ...reached };
  }
  const [endpoint, ...others] = endpoints;
  if (endpoint === undefined || others.length > 0)
    return { fault: 'must have one host; several are for redis+sentinel:// and redis+cluster://' };
  return { kind: 'standalone', endpoint, db, ...reached };
}

function parseDb([text = '', ...more]: readonly string[]): number | undefined {
  if (more.length > 0 || !/^\d{0,5}$/.test(text)) return undefined;
  return Number(text);
}

/** The first colon ends the name; a password may have more of them. */
function parseLogin(userInfo: string | undefined): Login | undefined {
  if (userInfo === undefined) return {};
  const [, name, password] = /^([^:]*):(.+)$/s.exec(userInfo) ?? [];
  if (name === undefined || password === undefined) return undefined;
  try {
    const secret = new Secret(decodeURIComponent(password));
    return name === '' ? { password: secret } : { username: decodeURIComponent(name), password: secret };
  } catch {
    return undefined;
  }
}

/** Of `host:port`, or `[ipv6]:port`. */
export function parseEndpoint(text: string, defaultPort: number): Endpoint | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? defaultPort);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
