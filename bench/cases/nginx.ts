import { SESSIONS, warm } from '../bench.ts';
import type { Case } from '../case.ts';
import { byCookie, throughProxy } from '../load/questions.ts';
import { alternate } from '../measure/rounds.ts';
import { compared, plain } from '../rows.ts';

export const P7: Case = {
  id: 'P7',
  title: 'through nginx with auth_request and keep-alive, the site of deploy/nginx',
  figure: 'at least 0.85 × nginx asking F1',
  run: async (bench) => {
    const { load, store, draw, options } = bench;
    const sessions = await store.sessions(SESSIONS);
    const { tokens } = sessions;
    const { ports } = await bench.startPostern({ nearCache: true, sessions });
    const app = await bench.startConstant('load');
    const site = await bench.startSite(ports.decision, app);
    const floorSite = await bench.startSite(await bench.startF1(), app);
    const ask = (port: number) => load.rate(throughProxy(port, draw(tokens)));
    await warm(bench, ports, tokens, byCookie);
    await load.warm(throughProxy(floorSite, draw(tokens)), options.warmSeconds);
    const sides = await alternate(options.rounds, { postern: () => ask(site), floor: () => ask(floorSite) });
    const limit = { atLeast: 0.85 };
    return [
      compared({ what: 'nginx and Postern, to nginx and F1', sides, of: 'postern', to: 'floor', limit }),
      plain('nginx and Postern', sides, 'postern'),
      plain('nginx and F1', sides, 'floor'),
    ];
  },
};
