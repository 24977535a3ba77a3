import { type Bench, type PosternOptions, SESSIONS, warm } from '../bench.ts';
import type { Case, Row } from '../case.ts';
import { byCookie, type Subrequest } from '../load/questions.ts';
import { alternate } from '../measure/rounds.ts';
import type { Input } from '../postern.ts';
import { compared } from '../rows.ts';
import type { Seeded } from '../seed.ts';

/** Faster is no harm. */
const LIMIT = { atLeast: 0.9 };

type Grown = {
  readonly size: number;
  readonly sessions: Seeded;
  /** Those that are asked with. */
  readonly tokens: readonly string[];
  readonly options: PosternOptions;
  readonly subrequest?: Subrequest;
};

/** One Postern a size, all of them there at once and asked in turns; each compared with the smallest. */
async function grow(bench: Bench, what: string, grown: readonly Grown[]): Promise<Row[]> {
  const { load, draw, options } = bench;
  const sides: Record<string, () => Promise<number>> = {};
  for (const { size, sessions, tokens, options: started, subrequest } of grown) {
    const { ports } = await bench.startPostern({ ...started, sessions });
    const questions = (port: number, credentials: readonly string[]) =>
      byCookie(port, credentials, subrequest);
    await warm(bench, ports, tokens, questions);
    sides[size] = () => load.rate(questions(ports.decision, draw(tokens)));
  }
  const figures = await alternate(options.rounds, sides);
  const [smallest = '', ...others] = Object.keys(sides);
  return others.map((size) =>
    compared({
      what: `${what}, ${size} to ${smallest}`,
      sides: figures,
      of: size,
      to: smallest,
      limit: LIMIT,
    }),
  );
}

export const P10: Case = {
  id: 'P10',
  title: 'growth: 10³, 10⁵, 10⁶ sessions in the store',
  figure: 'P1 and P2 change by less than 10 %',
  leftOut: '10⁶ sessions',
  run: async (bench) => {
    const sizes = bench.options.short ? [1_000, SESSIONS] : [1_000, SESSIONS, 1_000_000];
    const stores = await Promise.all(sizes.map((size) => bench.store.sessions(size)));
    const grown = (nearCache: boolean, most: number): Grown[] =>
      stores.map((sessions) => {
        const { tokens } = sessions;
        return { size: tokens.length, sessions, tokens: tokens.slice(0, most), options: { nearCache } };
      });
    return [
      // Hot is what the near cache has room for.
      ...(await grow(bench, 'sessions, hot', grown(true, SESSIONS))),
      ...(await grow(bench, 'sessions, near cache off', grown(false, Number.POSITIVE_INFINITY))),
    ];
  },
};

const COUNTS = [1, 100, 10_000];

export const P11: Case = {
  id: 'P11',
  title: 'growth: 1, 100, 10,000 policies, and rules in a policy',
  figure: 'P1 changes by less than 10 %',
  leftOut: '100 policies and 100 rules',
  run: async (bench) => {
    const sessions = await bench.store.sessions(SESSIONS);
    const { tokens } = sessions;
    const counts = bench.options.short ? COUNTS.filter((count) => count !== 100) : COUNTS;
    const grown = (policiesOf: (size: number) => Input['policies'], last: (size: number) => Subrequest) =>
      counts.map((size): Grown => {
        const options = { nearCache: true, settings: { policies: policiesOf(size) } };
        return { size, sessions, tokens, options, subrequest: last(size) };
      });
    return [
      ...(await grow(
        bench,
        'policies',
        grown(manyPolicies, (size) => ({ policy: `policy-${size}` })),
      )),
      ...(await grow(
        bench,
        'rules',
        grown(manyRules, (size) => ({ path: `/area-${size}/orders` })),
      )),
    ];
  },
};

function manyPolicies(size: number): Input['policies'] {
  return Object.fromEntries(counted(size).map((place) => [`policy-${place}`, { roles: ['staff'] }]));
}

function manyRules(size: number): Input['policies'] {
  return {
    default: { rules: counted(size).map((place) => ({ path: `/area-${place}/**`, roles: ['staff'] })) },
  };
}

function counted(size: number): number[] {
  return Array.from({ length: size }, (_, index) => index + 1);
}
