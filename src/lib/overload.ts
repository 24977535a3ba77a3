import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from './http-server.ts';

/** Why requests are turned away: the process is late with everything, or too many are under way. */
export type Overloaded = 'event_loop' | 'in_flight';

export type OverloadLimits = {
  readonly inFlight: number;
  /** How late the event loop may be. */
  readonly lateMilliseconds: number;
};

export type OverloadObserver = {
  /** Told of each request that is turned away. */
  readonly shed: (why: Overloaded) => void;
  /** Told when requests begin to be turned away, and when a second has passed without; undefined is the latter. */
  readonly changed: (why: Overloaded | undefined) => void;
};

/** Whether one more request can be taken on. It is asked of every one of them, and so reads nothing but numbers. */
export type Overload = {
  /** False for one that has to be turned away; who gets true says `leave` when it is done with it. */
  readonly admit: () => boolean;
  readonly leave: () => void;
  /** Told by `WatchLoop`. */
  readonly measure: (lateMilliseconds: number) => void;
  /** What it suffers from, or did within the last second. */
  readonly state: () => Overloaded | undefined;
};

/** A second of them: at a limit requests come and go, and nobody wants a line of the log for each. */
const CALM_MEASUREMENTS = 20;

export function createOverload(limits: OverloadLimits, observer: OverloadObserver): Overload {
  let inFlight = 0;
  let isLate = false;
  let calm = 0;
  let state: Overloaded | undefined;

  function suffer(why: Overloaded): void {
    calm = 0;
    if (state !== undefined) return;
    state = why;
    observer.changed(why);
  }

  function refuse(why: Overloaded): false {
    observer.shed(why);
    suffer(why);
    return false;
  }

  return {
    admit: () => {
      if (isLate) return refuse('event_loop');
      if (inFlight >= limits.inFlight) return refuse('in_flight');
      inFlight += 1;
      return true;
    },
    leave: () => {
      inFlight -= 1;
    },
    measure: (lateMilliseconds) => {
      isLate = lateMilliseconds > limits.lateMilliseconds;
      if (isLate) return suffer('event_loop');
      calm += 1;
      if (state === undefined || calm < CALM_MEASUREMENTS) return;
      state = undefined;
      observer.changed(undefined);
    },
    state: () => state,
  };
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Turns requests away in front of `handle`, save those that have to be answered whatever else is. */
export function shedding(
  handle: Handle,
  overload: Overload,
  isExempt: (target: string) => boolean = () => false,
): Handler {
  return (request, response) => {
    if (isExempt(request.url ?? '')) return void handle(request, response);
    if (!overload.admit()) return turnAway(response);
    void handle(request, response).finally(overload.leave);
  };
}

/** The connection is closed, or the runtime would read the body that was announced to its end. */
function turnAway(response: ServerResponse): void {
  const headers = { 'Content-Length': 0, 'Cache-Control': 'no-store', 'Retry-After': 1, Connection: 'close' };
  response.writeHead(503, headers).end();
}
