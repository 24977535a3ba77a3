import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Reading, readCredential } from '../decision/credential.ts';
import type { Decision } from '../decision/decide.ts';
import type { Policy } from '../decision/policy.ts';
import { resolve } from '../decision/resolve.ts';
import type { FindByJwt, FindSession, Session, TouchSession } from '../decision/session.ts';
import { type Clock, stopwatch } from '../lib/clock.ts';
import { createGuardedServer, type Handler, type Refusal, valuesOf } from '../lib/http-server.ts';
import { type Answer, answerOf, BROKEN, NOT_FOUND } from './answer.ts';
import { fitsProxies, identityHeaders, type RawHeaders } from './identity-headers.ts';
import { createFindRoute, type Route } from './routes.ts';
import { createUses } from './uses.ts';

/** One decision, as it is logged and counted. Nothing in it is or holds a token. */
export type DecisionEvent = {
  readonly requestId: string;
  readonly dialect: string;
  readonly policy: string;
  readonly decision: Decision;
  readonly milliseconds: number;
};

export type Gate = {
  readonly policies: readonly Policy[];
  readonly reading: Reading;
  readonly find: FindSession;
  readonly findByJwt: FindByJwt;
  readonly touch: TouchSession;
  /** Whether the peer at an address may ask; asked once a connection. */
  readonly isTrusted: (address: string | undefined) => boolean;
  readonly clock: Clock;
  readonly observe: (event: DecisionEvent) => void;
  /** Told of a request whose path names no dialect or no policy: a proxy that is not configured as we are. */
  readonly observeUnrouted: () => void;
  /** Told of a request that could not be read in one way, or was too large to be read. */
  readonly observeRefused: (status: Refusal) => void;
  /** Told of what should never happen: an error of our own, answered with 503. */
  readonly report: (error: unknown) => void;
};

const UNTRUSTED: Decision = { outcome: 'malformed-request', reason: 'untrusted_peer' };
const NO_IDENTITY: RawHeaders = [];
const MAX_ANNOUNCED_BODY = 1024;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * The decision listener: `/{dialect}/{policy}` and nothing else. It stands on the bare runtime, since it wants
 * the request target and every header exactly as they were sent, and needs nothing that a framework adds.
 */
export function createDecisionServer(gate: Gate): Server {
  const findRoute = createFindRoute(gate.policies);
  const uses = createUses(gate.touch);
  const find: FindSession = async (tenant, id) => {
    const session = await gate.find(tenant, id);
    return session && uses.latest(session);
  };
  const facts = { find, findByJwt: gate.findByJwt };
  const trusted = new WeakSet<Socket>();

  function decideFor({ policy }: Route, { rawHeaders }: IncomingMessage): Promise<Decision> {
    return resolve(readCredential(rawHeaders, gate.reading), policy, facts, gate.clock);
  }

  async function serve(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = stopwatch();
    const decided = trusted.has(request.socket) ? await decideFor(route, request) : UNTRUSTED;
    const { decision, identity } = identify(decided);
    send(request, response, answerOf(decision, identity, route.dialect, route.challenge));
    const used = passedBy(decision);
    if (used !== undefined) uses.note(used, gate.clock());
    gate.observe({
      requestId: requestIdOf(request.rawHeaders),
      dialect: route.dialect.name,
      policy: route.policy.name,
      decision,
      milliseconds: stopwatch() - started,
    });
  }

  const handle: Handler = (request, response) => {
    const route = findRoute(request.url ?? '');
    if (route === undefined) {
      send(request, response, NOT_FOUND);
      return gate.observeUnrouted();
    }
    serve(route, request, response).catch((error: unknown) => {
      if (!response.headersSent) send(request, response, BROKEN);
      gate.report(error);
    });
  };
  const server = createGuardedServer(handle, { takesBodies: false, refused: gate.observeRefused });
  server.on('connection', (socket: Socket) => {
    // Asked once and up front: a socket that has gone away no longer knows its peer, and a Unix one never did.
    const isUnixSocket = typeof server.address() === 'string';
    if (isUnixSocket || gate.isTrusted(socket.remoteAddress)) trusted.add(socket);
  });
  return server;
}

/** The session that was let pass; undefined for a denial, and for who passes as anonymous. */
function passedBy(decision: Decision): Session | undefined {
  return decision.outcome === 'allow' && decision.reason === 'session' ? decision.session : undefined;
}

/**
 * A session too large for a proxy's buffers would make the proxy fail in its own way. None is created here;
 * one that is found all the same, made under other settings, does not pass.
 */
function identify(decision: Decision): { decision: Decision; identity: RawHeaders } {
  const session = passedBy(decision);
  if (session === undefined) return { decision, identity: NO_IDENTITY };
  const identity = identityHeaders(session);
  return fitsProxies(identity)
    ? { decision, identity }
    : { decision: { outcome: 'forbid', reason: 'identity_too_large', session }, identity: NO_IDENTITY };
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers }: Answer): void {
  // A body is never read. A small one is skipped by the runtime; a connection with a large one is not worth it.
  const closing = announcesBody(request.rawHeaders);
  response.writeHead(status, closing ? [...headers, 'Connection', 'close'] : headers).end();
}

function announcesBody(rawHeaders: readonly string[]): boolean {
  const [length = '0'] = valuesOf(rawHeaders, 'content-length');
  return Number(length) > MAX_ANNOUNCED_BODY || valuesOf(rawHeaders, 'transfer-encoding').length > 0;
}

/** The proxy's own id, where it is one that can be searched for and not one that forges a log. */
function requestIdOf(rawHeaders: readonly string[]): string {
  const [id, ...others] = valuesOf(rawHeaders, 'x-request-id');
  return id !== undefined && others.length === 0 && REQUEST_ID.test(id) ? id : randomUUID();
}
