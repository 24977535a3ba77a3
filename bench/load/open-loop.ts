import { percentile } from '../measure/statistics.ts';
import type { Connection } from './connection.ts';
import type { Tally } from './plan.ts';

type Pace = { readonly perSecond: number; readonly seconds: number };

/**
 * At a constant rate. A latency counts from when its request was due, and not from when a connection was free for it:
 * a server that stands still for 100 ms is late for all that were due meanwhile, and not for one a connection.
 */
export async function runOpen(
  connections: readonly Connection[],
  requests: readonly string[],
  { perSecond, seconds }: Pace,
): Promise<Tally> {
  const statuses: Record<string, number> = {};
  const total = Math.max(1, Math.floor(perSecond * seconds));
  const latencies: number[] = [];
  const idle = [...connections];
  const started = performance.now();
  const dueAt = (place: number) => started + (place * 1000) / perSecond;
  let sent = 0;
  await new Promise<void>((resolve) => {
    const ask = (connection: Connection, request: string, due: number) =>
      connection.ask(request, ({ status }) => {
        latencies.push(performance.now() - due);
        statuses[status] = (statuses[status] ?? 0) + 1;
        idle.push(connection);
        if (latencies.length === total) resolve();
      });
    const askWhatIsDue = () => {
      const now = performance.now();
      while (sent < total && dueAt(sent) <= now) {
        const connection = idle.pop();
        if (connection === undefined) break;
        ask(connection, requests[sent % requests.length] ?? '', dueAt(sent));
        sent += 1;
      }
      // Not a timer: those come a millisecond late, which is more than most answers take.
      if (sent < total) setImmediate(askWhatIsDue);
    };
    askWhatIsDue();
  });
  return { requests: sent, seconds: (performance.now() - started) / 1000, statuses, latency: sum(latencies) };
}

function sum(latencies: readonly number[]) {
  const [p50, p99, p999] = [50, 99, 99.9].map((percent) => percentile(latencies, percent));
  return { p50: p50 ?? 0, p99: p99 ?? 0, p999: p999 ?? 0 };
}
