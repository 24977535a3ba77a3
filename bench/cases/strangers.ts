import { randomBytes } from 'node:crypto';
import { SESSIONS, warm } from '../bench.ts';
import type { Case } from '../case.ts';
import { byCookie, byNobody } from '../load/questions.ts';
import { alternate } from '../measure/rounds.ts';
import { compared, plain } from '../rows.ts';
import { ASKED, readsRow } from './commands.ts';

/** With the grammar of ours, and of no session. Another each time: what is told once could be remembered. */
function madeUp(count: number): string[] {
  return Array.from({ length: count }, () => `0a${randomBytes(32).toString('base64url')}`);
}

export const P5: Case = {
  id: 'P5',
  title: 'no credential, and a made-up token',
  figure: 'at least P1; the made-up one reads the store at most once',
  run: async (bench) => {
    const { load, store, draw, options } = bench;
    const sessions = await store.sessions(SESSIONS);
    const { tokens } = sessions;
    const postern = await bench.startPostern({ nearCache: true, sessions });
    const { decision } = postern.ports;
    const count = draw(tokens).length;
    await warm(bench, postern.ports, tokens, byCookie);
    const sides = await alternate(options.rounds, {
      hot: () => load.rate(byCookie(decision, draw(tokens))),
      nobody: () => load.rate(byNobody(decision), { status: 401 }),
      madeUp: () => load.rate(byCookie(decision, madeUp(count)), { status: 401 }),
    });
    const limit = { atLeast: 1 };
    return [
      compared({ what: 'no credential, to P1', sides, of: 'nobody', to: 'hot', limit }),
      compared({ what: 'made-up token, to P1', sides, of: 'madeUp', to: 'hot', limit }),
      plain('no credential', sides, 'nobody'),
      plain('made-up token', sides, 'madeUp'),
      await readsRow({
        ...{ bench, postern, what: 'reads a made-up token' },
        questionsOf: (port) => byCookie(port, madeUp(ASKED)),
      }),
    ];
  },
};
