import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { BELIEVED_ELSEWHERE, fold, IDENTITIES } from '../../src/doctor/names.ts';
import { type Listening, startListening } from './doctor.ts';

/** What real proxies were seen to do, by themselves or as they were configured. */
export type Fault =
  /** Nobody asked for a check at this path. */
  | 'checksNothing'
  /** Envoy, `failure_mode_allow: true`. */
  | 'failsOpen'
  /** Traefik, `trustForwardHeader: true`; nginx without a proxy_set_header for what the check carries. */
  | 'trustsForwarded'
  /** Only the very names are removed. */
  | 'keepsOtherSpellings'
  /** What other gates write is not removed: nobody does so by itself. */
  | 'keepsForeign'
  /** HAProxy's well-known script, Caddy 2.10.0 to 2.11.1: the client's own stays where the answer's is empty. */
  | 'keepsClientsWhereEmpty'
  /** Nothing of the answer is copied. */
  | 'copiesNothing'
  /** The policy is chosen by the path as it is written. */
  | 'choosesByRawPath'
  /** Traefik before 2.11.9 and 3.1.3: what `Connection` names is removed after it was set. */
  | 'honoursHopByHop'
  /** nginx with `proxy_set_header Upgrade $http_upgrade`. */
  | 'tunnels'
  /** The check sees the first of two. */
  | 'checksFirstCredential'
  /** What comes after a hundred headers is handed on, and not looked at. */
  | 'looksAtFewHeaders'
  /** A cache in front of it may keep a denial. */
  | 'letsDenialsBeStored'
  | 'tellsWhoWasDenied';

type Pair = readonly [name: string, value: string];

/**
 * A forward-auth proxy in front of a real Postern, for what no real proxy here can be made to do: `/public/` is open,
 * all else asks for a session. Without a fault it is strict, and takes plain paths alone.
 */
export function startSloppyProxy(
  ports: { decision: number; app: number },
  ...faults: Fault[]
): Promise<Listening> {
  const has = new Set(faults);
  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const headers = pairsOf(incoming.rawHeaders);
    const path = chosenPath(incoming, has);
    if (path === undefined) return void response.writeHead(400, { 'Content-Length': 0 }).end();
    const policy = path.startsWith('/public/') ? 'open' : 'default';
    const answer = await check(ports.decision, policy, headers, has);
    if (answer.status === 200)
      return pass(ports.app, incoming, response, upstreamHeaders(headers, answer.headers, has));
    deny(response, answer, has);
  };
  const server = createServer({ maxHeaderSize: 128 * 1024 }, (incoming, response) => {
    incoming.resume();
    serve(incoming, response).catch(() => response.destroy());
  });
  server.maxHeadersCount = 0;
  return startListening(server);
}

function pairsOf(rawHeaders: readonly string[]): readonly Pair[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  );
}

function chosenPath({ url = '', headers }: IncomingMessage, has: ReadonlySet<Fault>): string | undefined {
  const told = headers['x-forwarded-uri'];
  if (has.has('trustsForwarded') && typeof told === 'string') return told;
  if (has.has('choosesByRawPath')) return url;
  return /^(?:\/[A-Za-z0-9_-]+)*\/?$/.test(url) ? url : undefined;
}

type Checked = { readonly status: number; readonly headers: readonly Pair[] };

async function check(
  port: number,
  policy: string,
  headers: readonly Pair[],
  has: ReadonlySet<Fault>,
): Promise<Checked> {
  if (has.has('checksNothing')) return { status: 200, headers: [] };
  const credentials = headers.filter(([name]) => ['authorization', 'cookie'].includes(name.toLowerCase()));
  const asked = has.has('checksFirstCredential') ? credentials.slice(0, 1) : credentials;
  try {
    const path = `/forward-auth/${policy}`;
    const { status, rawHeaders } = await call({
      port,
      method: 'GET',
      path,
      headers: [['Host', 'postern'], ...asked],
    });
    return { status, headers: pairsOf(rawHeaders) };
  } catch {
    return { status: has.has('failsOpen') ? 200 : 503, headers: [] };
  }
}

const BELIEVED = IDENTITIES.postern.names;
const FOLDED = new Set(BELIEVED.map(fold));
const FOLDED_ELSEWHERE = new Set(BELIEVED_ELSEWHERE.map(fold));
const MOST_LOOKED_AT = 100;
const HOP_BY_HOP = new Set([
  'connection',
  'upgrade',
  'http2-settings',
  'transfer-encoding',
  'content-length',
]);

function upstreamHeaders(
  headers: readonly Pair[],
  answer: readonly Pair[],
  has: ReadonlySet<Fault>,
): readonly Pair[] {
  const given = answer.filter(([name, value]) => FOLDED.has(fold(name)) && value !== '');
  const isForged = (name: string) => {
    if (has.has('keepsClientsWhereEmpty')) return given.some(([other]) => fold(other) === fold(name));
    if (has.has('keepsOtherSpellings'))
      return BELIEVED.some((own) => own.toLowerCase() === name.toLowerCase());
    return FOLDED.has(fold(name));
  };
  const isForeign = (name: string) => !has.has('keepsForeign') && FOLDED_ELSEWHERE.has(fold(name));
  const kept = headers.filter(([name], index) => {
    if (HOP_BY_HOP.has(name.toLowerCase())) return has.has('tunnels') && name.toLowerCase() === 'upgrade';
    return (has.has('looksAtFewHeaders') && index >= MOST_LOOKED_AT) || !(isForged(name) || isForeign(name));
  });
  const set = has.has('copiesNothing') ? kept : [...kept, ...given];
  if (!has.has('honoursHopByHop')) return set;
  const named = headers.flatMap(([name, value]) =>
    name.toLowerCase() === 'connection' ? value.toLowerCase().split(/,\s*/) : [],
  );
  return set.filter(([name]) => !named.includes(name.toLowerCase()));
}

async function pass(
  port: number,
  incoming: IncomingMessage,
  response: ServerResponse,
  headers: readonly Pair[],
) {
  const { method = 'GET', url: path = '/' } = incoming;
  const { status, body } = await call({ port, method, path, headers });
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body) }).end(body);
}

function deny(response: ServerResponse, { status, headers }: Checked, has: ReadonlySet<Fault>): void {
  const stored = ['Cache-Control', 'public, max-age=60'];
  const own = has.has('letsDenialsBeStored') ? stored : headers.flatMap((pair) => [...pair]);
  const told = has.has('tellsWhoWasDenied') ? ['X-Auth-Subject', 'ada'] : [];
  response.writeHead(status, [...own, ...told]).end();
}

type Call = {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly Pair[];
};

/** Rejects where nobody answers. */
async function call({ headers, ...to }: Call) {
  const answered = Promise.withResolvers<IncomingMessage>();
  const outgoing = request({
    ...to,
    host: '127.0.0.1',
    agent: false,
    setHost: false,
    headers: headers.flat(),
  });
  outgoing.once('response', answered.resolve).once('error', answered.reject).end();
  const response = await answered.promise;
  return { status: response.statusCode ?? 0, rawHeaders: response.rawHeaders, body: await text(response) };
}
