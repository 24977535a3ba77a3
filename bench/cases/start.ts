import type { Bench } from '../bench.ts';
import type { Case, Row } from '../case.ts';
import type { Input } from '../postern.ts';

export const P13: Case = {
  id: 'P13',
  title: "from the start of the bundle's process to ready",
  figure: 'at most 300 ms, embedded and Redis',
  run: async (bench) => [
    await startsOf(bench, 'embedded, a new database', { storeUrl: 'sqlite:./data/postern.db' }),
    await startsOf(bench, 'Redis', {}),
  ],
};

async function startsOf({ startPostern, options }: Bench, what: string, settings: Input): Promise<Row> {
  const values: number[] = [];
  for (let count = 0; count < (options.short ? 5 : 10); count += 1) {
    const { startedInMilliseconds, stop } = await startPostern({ nearCache: true, settings });
    values.push(startedInMilliseconds);
    await stop();
  }
  return { what, unit: 'ms', values, limit: { atMost: 300 } };
}
