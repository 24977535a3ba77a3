import type { Connection } from './connection.ts';
import type { Tally } from './plan.ts';

/** As fast as they are answered: for `seconds`, or until each request was sent once. */
export async function runClosed(
  connections: readonly Connection[],
  requests: readonly string[],
  seconds: number | undefined,
): Promise<Tally> {
  const statuses: Record<string, number> = {};
  const started = performance.now();
  const end = seconds === undefined ? Number.POSITIVE_INFINITY : started + seconds * 1000;
  const most = seconds === undefined ? requests.length : Number.POSITIVE_INFINITY;
  let sent = 0;
  const askOn = (connection: Connection) =>
    new Promise<void>((resolve) => {
      const next = () => {
        const request = requests[sent % requests.length];
        if (request === undefined || sent >= most || performance.now() >= end) return resolve();
        sent += 1;
        connection.ask(request, ({ status }) => {
          statuses[status] = (statuses[status] ?? 0) + 1;
          next();
        });
      };
      next();
    });
  await Promise.all(connections.map(askOn));
  return { requests: sent, seconds: (performance.now() - started) / 1000, statuses };
}
