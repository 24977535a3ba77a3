import { createJwks, type JwksSource } from '../../src/oauth/jwt/foreign/jwks.ts';
import { until } from './key-host.ts';

/** The keys of a foreign issuer, whose clock the test moves; what was asked of the network and what failed is told. */
export function keysOf(source: JwksSource, { timeoutMilliseconds = 5_000 } = {}) {
  let now = 1_700_000_000;
  let requests = 0;
  let gaveUp = new AbortController();
  const failures: unknown[] = [];
  const findKey = createJwks(source, {
    fetch: (input, init) => {
      requests += 1;
      gaveUp = new AbortController();
      const signals = [gaveUp.signal, ...(init?.signal ? [init.signal] : [])];
      return fetch(input, { ...init, signal: AbortSignal.any(signals) });
    },
    clock: () => now,
    report: (error) => failures.push(error),
    timeoutMilliseconds,
  });
  return {
    findKey,
    /** The `kid` of what is found, or what kept it from being known. */
    kidOf: (kid: string | undefined): Promise<string | undefined> => findKey(kid).then((key) => key?.kid),
    requests: () => requests,
    failures: () => failures.length,
    /** The innermost reason of the last failure. */
    lastFailure: () => String(causeOf(failures.at(-1))),
    /** Ends the request that is under way, as its time would. */
    giveUp: () => gaveUp.abort(),
    failed: (count: number) => until(() => failures.length >= count),
    advance: (seconds: number) => {
      now += seconds;
    },
  };
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : error;
}
