/** Does some work when its turn comes; rejects at once where too much waits already. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

export type TurnLimits = { readonly underWay: number; readonly waiting: number };

/** First come, first served: so much at a time, so much that waits, and for all else the error of `refuse`. */
export function createTurns({ underWay: most, waiting: longest }: TurnLimits, refuse: () => Error): InTurn {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  return async (work) => {
    if (underWay < most) underWay += 1;
    else if (waiting.length >= longest) throw refuse();
    // Whoever is done hands his place to the next, so that nobody who comes meanwhile takes it too.
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
