import type { Bench } from '../bench.ts';
import { SESSIONS } from '../bench.ts';
import type { Case } from '../case.ts';
import { byCookie } from '../load/questions.ts';
import { alternate } from '../measure/rounds.ts';
import { plain } from '../rows.ts';

type Start = (bench: Bench) => Promise<number>;

/** A floor by itself: what there is to compare with on this machine. */
function floor(id: string, title: string, start: Start): Case {
  return {
    id,
    title,
    figure: 'none: to compare with',
    run: async (bench) => {
      const { load, options, store, draw } = bench;
      const port = await start(bench);
      const { tokens } = await store.sessions(SESSIONS);
      await load.warm(byCookie(port, draw(tokens)), options.warmSeconds);
      const ask = () => load.rate(byCookie(port, draw(tokens)));
      const sides = await alternate(options.rounds, { floor: ask });
      return [plain(title, sides, 'floor')];
    },
  };
}

export const F1 = floor('F1', 'bare node:http, the same answer to everybody', ({ startF1 }) => startF1());

export const F2 = floor('F2', 'F1 with one GET to Redis', async ({ startF2, store }) =>
  startF2(await store.sessions(SESSIONS)),
);

export const C1 = floor('C1', 'nginx, return 200', ({ startConstant }) => startConstant('measured'));
