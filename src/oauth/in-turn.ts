import { OAuthError } from './errors.ts';

/** Does some work when its turn comes, or refuses it where too much waits already. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

const MAX_UNDER_WAY = 16;
const MAX_WAITING = 256;

/**
 * Signing and verifying cost processor time, and decisions are made in this same process: only so much at a time. To read
 * a body is no work: whoever sends it slowly would keep the others out.
 */
export function createInTurn(): InTurn {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  return async (work) => {
    if (waiting.length >= MAX_WAITING) {
      throw new OAuthError('temporarily_unavailable', 'Too many requests at a time.', 503, {
        'Retry-After': '1',
      });
    }
    // Whoever is done hands his place to the next, so that nobody who comes meanwhile takes it too.
    if (underWay < MAX_UNDER_WAY) underWay += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) underWay -= 1;
      else next();
    }
  };
}
