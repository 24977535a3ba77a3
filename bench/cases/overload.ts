import { type Bench, SESSIONS } from '../bench.ts';
import type { Case, Limit, Row, Unit } from '../case.ts';
import type { FloodTally } from '../load/plan.ts';
import { byCookie, type Questions } from '../load/questions.ts';

const TIMES = 5;
/** Twice as many as are taken on at a time. */
const CONNECTIONS = 4_000;
/** A second more than it may take to get over it. */
const CALM_SECONDS = 6;
const POLICIES = { default: {}, vouched: { assertionAudience: 'https://app.example.com' } };

export const DOS_05: Case = {
  id: 'DOS-05',
  title: 'overload: five times what was decided just before',
  figure: 'goodput at least 0.80 of the capacity; over it at most 5 s after its end',
  isLong: true,
  run: async (bench) => {
    const { load, store, startPostern } = bench;
    const sessions = await store.sessions(SESSIONS);
    const { tokens } = sessions;
    const { ports } = await startPostern({ nearCache: true, sessions, settings: { policies: POLICIES } });
    const ask = (policy: keyof typeof POLICIES) => (some: readonly string[]) =>
      byCookie(ports.decision, some, { policy });
    // The store stands on a core that is busy asking, and would be what is measured.
    await load.warm(ask('default')(tokens));
    const rows = await flood(bench, tokens, 'cookie, hot', ask('default'));
    // A key is made for the first one.
    await load.rate(ask('vouched')(tokens.slice(0, 1)), { connections: 1, seconds: 1 });
    return [...rows, ...(await flood(bench, tokens, 'with a signature', ask('vouched')))];
  },
};

async function flood(
  { load, options }: Bench,
  tokens: readonly string[],
  what: string,
  ask: (some: readonly string[]) => Questions,
): Promise<Row[]> {
  const capacity = await load.rate(ask(tokens));
  const seconds = options.short ? 2 : 10;
  const calm = { perSecond: capacity / 2, seconds: CALM_SECONDS };
  // From the other end: of a hundred thousand, those have no signature yet, and by the time that they come again no longer.
  const questions = ask(tokens.toReversed());
  const tally = await load.flood(questions, { perSecond: TIMES * capacity, seconds, calm }, CONNECTIONS);
  return rowsOf(what, tally, capacity, seconds);
}

function rowsOf(kind: string, tally: FloodTally, capacity: number, seconds: number): Row[] {
  const { asked, allowed, unsent, statuses, refusedP99, recovery, sentLateP99 } = tally;
  const row = (what: string, unit: Unit, value: number, limit?: Limit, note?: string): Row => ({
    ...{ what: `${kind}: ${what}`, unit, values: [value] },
    ...(limit && { limit }),
    ...(note && { note }),
  });
  const toCapacity = (count: number) => count / seconds / capacity;
  const { broken = 0 } = statuses;
  const note = `${unsent} found no connection free, and ${broken} connections broke`;
  return [
    row('allowed, to capacity', 'times', toCapacity(allowed), { atLeast: 0.8 }),
    row('from its end to the first second without a failure', 'ms', recovery, { atMost: 5_000 }),
    row('503, p99', 'ms', refusedP99, { atMost: 50 }),
    row('asked, to capacity', 'times', toCapacity(asked), undefined, note),
    row('asked so late, p99', 'ms', sentLateP99),
    row('capacity', 'a second', capacity),
  ];
}
