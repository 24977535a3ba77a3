export type WrkOutput = {
  readonly requests: number;
  readonly perSecond: number;
  readonly notSuccessful: number;
  readonly socketErrors: number;
};

/** What wrk prints at its end. Throws where it printed something else. */
export function readWrkOutput(text: string): WrkOutput {
  const requests = numberIn(text, /^\s*(\d+) requests in /m);
  const perSecond = numberIn(text, /^Requests\/sec:\s+([\d.]+)$/m);
  if (requests === undefined || perSecond === undefined) throw new Error(`wrk did not end well:\n${text}`);
  const [, connect, read, write, timeout] =
    /^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$/m.exec(text) ?? [];
  const errors = [connect, read, write, timeout].map((count = '0') => Number(count));
  return {
    requests,
    perSecond,
    notSuccessful: numberIn(text, /^\s*Non-2xx or 3xx responses: (\d+)$/m) ?? 0,
    socketErrors: errors.reduce((sum, count) => sum + count, 0),
  };
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
