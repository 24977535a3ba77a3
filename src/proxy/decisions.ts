import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { readCredential } from '../decision/credential.ts';
import { type Facts, type Resolved, resolve } from '../decision/resolve.ts';
import type { Asked, Selected } from '../decision/select.ts';
import { type Awaitable, andThen } from '../lib/awaitable.ts';
import { stopwatch } from '../lib/clock.ts';
import { createGuardedServer, type Handler, only, valuesOf } from '../lib/http-server.ts';
import { type Answer, answerOf, BROKEN, NOT_FOUND } from './answer.ts';
import { askedOf } from './asked.ts';
import { type Carried, carry, passedBy } from './carry.ts';
import type { Gate, GateSettings } from './gate.ts';
import { createPeers, type Peers } from './peers.ts';
import { createFindRoute, type FindRoute, type Found } from './routes.ts';
import { createUses, type Uses } from './uses.ts';

export type Decisions = {
  readonly server: Server;
  /** From the next request on, whole: no request sees half of two settings. */
  readonly apply: (settings: GateSettings) => void;
};

const MAX_ANNOUNCED_BODY = 1024;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
const NOTHING: Asked = { target: undefined, clientAddress: undefined, preflightFor: undefined };

/**
 * The decision listener: `/{dialect}/{policy}` and nothing else. It stands on the bare runtime, since it wants
 * the request target and every header exactly as they were sent, and needs nothing that a framework adds.
 */
export function createDecisions(gate: Gate, initial: GateSettings): Decisions {
  let current = configure(initial);
  const peers = createPeers();
  const serve = createServe(gate, peers);
  const { admit, leave } = gate.overload;

  const handle: Handler = (request, response) => {
    if (!admit()) return send(request, response, BROKEN);
    const { findRoute, settings } = current;
    const found = findRoute(request.url ?? '');
    if (found === undefined) {
      leave();
      send(request, response, NOT_FOUND);
      return gate.observeUnrouted();
    }
    try {
      const served = serve(found, request, response, settings);
      if (served instanceof Promise) served.then(leave, (error: unknown) => fail(request, response, error));
      else leave();
    } catch (error) {
      fail(request, response, error);
    }
  };
  const fail = (request: IncomingMessage, response: ServerResponse, error: unknown) => {
    leave();
    if (!response.headersSent) send(request, response, BROKEN);
    gate.report(error);
  };
  const { observeRefused: refused, connections } = gate;
  const server = createGuardedServer(handle, { takesBodies: false, refused, connections });
  server.on('connection', (socket: Socket) => peers.remember(socket, typeof server.address() === 'string'));
  return {
    server,
    apply: (settings) => {
      current = configure(settings);
    },
  };
}

type Serve = (
  found: Found,
  request: IncomingMessage,
  response: ServerResponse,
  settings: GateSettings,
) => Awaitable<void>;

/** Without a wait where all is at hand. Throws or rejects where something is wrong with us. */
function createServe(gate: Gate, peers: Peers): Serve {
  const uses = createUses(gate.touch);
  const facts = withLatestUse(gate.facts, uses);
  return ({ route, rest }, request, response, settings) => {
    const started = stopwatch();
    const { rawHeaders } = request;
    const subrequest = { method: request.method ?? '', rest, rawHeaders };
    const refusal = peers.refuse(request.socket, rawHeaders, settings);
    const asked = refusal === undefined ? askedOf(route, subrequest, settings) : NOTHING;
    const resolved: Awaitable<Resolved> =
      refusal === undefined
        ? resolve(readCredential(rawHeaders, settings.reading), asked, route.policy, facts, gate.clock)
        : { decision: refusal };
    const finish = (selected: Selected | undefined, { decision, headers }: Carried) => {
      const now = gate.clock();
      const decided = { route, subrequest, settings, asked, selected, decision, now };
      send(request, response, answerOf(decided, headers));
      const used = passedBy(decision);
      if (used !== undefined) uses.note(used, now);
      gate.observe({
        requestId: () => requestIdOf(rawHeaders),
        dialect: route.dialect.name,
        policy: route.policy.name,
        rule: selected?.rule,
        decision,
        milliseconds: stopwatch() - started,
      });
    };
    return andThen(resolved, ({ decision, selected }) =>
      andThen(carry(decision, route, subrequest, settings, gate.assert), (carried) =>
        finish(selected, carried),
      ),
    );
  };
}

function configure(settings: GateSettings): { findRoute: FindRoute; settings: GateSettings } {
  return { findRoute: createFindRoute(settings.policies), settings };
}

function withLatestUse(facts: Facts, uses: Uses): Facts {
  return {
    ...facts,
    find: (tenant, id) => {
      const found = facts.find(tenant, id);
      return uses.areAllKept() ? found : andThen(found, (session) => session && uses.latest(session));
    },
  };
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  // A body is never read. A small one is skipped by the runtime; a connection with a large one is not worth it.
  const closing = announcesBody(request.rawHeaders);
  response.writeHead(status, closing ? [...headers, 'Connection', 'close'] : headers).end(body);
}

function announcesBody(rawHeaders: readonly string[]): boolean {
  const [length = '0'] = valuesOf(rawHeaders, 'content-length');
  return Number(length) > MAX_ANNOUNCED_BODY || valuesOf(rawHeaders, 'transfer-encoding').length > 0;
}

/** The proxy's own id, where it is one that can be searched for and not one that forges a log. */
function requestIdOf(rawHeaders: readonly string[]): string {
  const id = only(rawHeaders, 'x-request-id');
  return id !== undefined && REQUEST_ID.test(id) ? id : randomUUID();
}
