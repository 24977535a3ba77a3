import { type Bench, type PosternOptions, SESSIONS, warm } from '../bench.ts';
import type { Case } from '../case.ts';
import { byCookie } from '../load/questions.ts';
import { alternate } from '../measure/rounds.ts';
import { compared, plain } from '../rows.ts';
import { ASKED, commandsRow } from './commands.ts';

/** Postern on 100,000 sessions, asked by cookie, in turns with a floor. */
async function besideFloor(bench: Bench, floor: number, options: PosternOptions) {
  const { load, store, draw, startPostern } = bench;
  const sessions = await store.sessions(SESSIONS);
  const { tokens } = sessions;
  const { ports } = await startPostern({ ...options, sessions });
  const ask = (port: number) => load.rate(byCookie(port, draw(tokens)));
  await load.warm(byCookie(floor, draw(tokens)), bench.options.warmSeconds);
  await warm(bench, ports, tokens, byCookie);
  return alternate(bench.options.rounds, { postern: () => ask(ports.decision), floor: () => ask(floor) });
}

const AT_LEAST_085 = { atLeast: 0.85 };

export const P1: Case = {
  id: 'P1',
  title: 'session cookie, hot (near cache)',
  figure: 'at least 0.85 × F1',
  run: async (bench) => {
    const sides = await besideFloor(bench, await bench.startF1(), { nearCache: true });
    return [
      compared({ what: 'cookie, hot, to F1', sides, of: 'postern', to: 'floor', limit: AT_LEAST_085 }),
      plain('Postern', sides, 'postern'),
      plain('F1', sides, 'floor'),
    ];
  },
};

export const P1I: Case = {
  id: 'P1i',
  title: 'the same at log level info, standard output to a file',
  figure: 'none: the price of the log',
  isLong: true,
  run: async (bench) => {
    const settings = { log: { level: 'info' as const } };
    const sides = await besideFloor(bench, await bench.startF1(), { nearCache: true, settings });
    const row = compared({ what: 'cookie, hot, level info, to F1', sides, of: 'postern', to: 'floor' });
    return [row, plain('Postern', sides, 'postern')];
  },
};

export const P2: Case = {
  id: 'P2',
  title: 'session cookie, near cache off',
  figure: 'at least 0.90 × F2, one read a decision',
  run: async (bench) => {
    const { store, startF2 } = bench;
    const sessions = await store.sessions(SESSIONS);
    const { tokens } = sessions;
    const sides = await besideFloor(bench, await startF2(sessions), { nearCache: false });
    return [
      compared({ what: 'cookie, cold, to F2', sides, of: 'postern', to: 'floor', limit: { atLeast: 0.9 } }),
      plain('Postern', sides, 'postern'),
      plain('F2', sides, 'floor'),
      await commandsRow({
        ...{ bench, postern: await bench.startPostern({ sessions }), what: 'commands a decision' },
        questionsOf: (port) => byCookie(port, tokens.slice(0, ASKED)),
      }),
    ];
  },
};
