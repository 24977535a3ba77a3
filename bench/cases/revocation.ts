import type { Case, Row } from '../case.ts';
import { judge } from '../load/answers.ts';
import { createSession } from '../management.ts';
import { percentile } from '../measure/statistics.ts';
import type { Ports } from '../postern.ts';
import { startRedisServer } from '../redis.ts';
import { type Asker, createAsker, openAsk } from '../revocation/asker.ts';
import { createWays, PREFIX, type Way } from '../revocation/ways.ts';

export const P9: Case = {
  id: 'P9',
  title: 'from the end of a session until the first denial of a replica that holds it',
  figure: 'p99 at most 10 ms, whichever way it ended',
  run: async ({ startPostern, options, processes, folder }) => {
    // Of its own, since it is emptied.
    const { url, client: redis } = await startRedisServer(processes, folder);
    const settings = { storeUrl: url, storePrefix: PREFIX };
    const asked = await startPostern({ nearCache: true, settings });
    const told = await startPostern({ nearCache: true, settings, core: 'load' });
    const asking = openAsk(asked.ports.decision);
    const telling = openAsk(told.ports.admin);
    const rows: Row[] = [];
    try {
      for (const way of createWays({ tell: telling.ask, ports: told.ports, redis })) {
        const asker = createAsker(asking.ask, asked.ports.decision, redis);
        const milliseconds = await measure(way, asker, told.ports, options.short ? 20 : 300);
        const note = judge({ ...asker.counts, wrong: 0 }, 200);
        rows.push(...rowsOf(way.what, milliseconds, note));
      }
    } finally {
      // Or it would look for its Redis through all the cases that follow.
      redis.disconnect();
      for (const { close } of [asking, telling]) close();
    }
    return rows;
  },
};

async function measure(
  { end }: Way,
  { untilHeld, untilDenied }: Asker,
  ports: Ports,
  times: number,
): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const session = await createSession(ports, `user-${count}`);
    await untilHeld(session.token);
    const [deniedAt, endedAt] = await Promise.all([untilDenied(session.token), end(session)]);
    milliseconds.push(deniedAt - endedAt);
  }
  return milliseconds;
}

function rowsOf(what: string, milliseconds: readonly number[], note: string | undefined): Row[] {
  const p99: Row = {
    what: `by ${what}, p99`,
    unit: 'ms',
    values: [percentile(milliseconds, 99)],
    limit: { atMost: 10 },
    measured: { milliseconds },
    ...(note && { note }),
  };
  return [p99, { what: `by ${what}, p50`, unit: 'ms', values: [percentile(milliseconds, 50)] }];
}
