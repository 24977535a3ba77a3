import { SESSIONS, warm } from '../bench.ts';
import type { Case, Row } from '../case.ts';
import { byCookie } from '../load/questions.ts';
import { alternate, type Figures } from '../measure/rounds.ts';

type Latency = { readonly p50: number; readonly p99: number; readonly p999: number };

export const P6: Case = {
  id: 'P6',
  title: "open loop at a third of P1's rate",
  figure: "p99 at most 2 ms, p99.9 at most 10 ms above F1's",
  run: async (bench) => {
    const { load, store, draw, options } = bench;
    const sessions = await store.sessions(SESSIONS);
    const { tokens } = sessions;
    const { ports } = await bench.startPostern({ nearCache: true, sessions });
    const floor = await bench.startF1();
    await load.warm(byCookie(floor, draw(tokens)), options.warmSeconds);
    await warm(bench, ports, tokens, byCookie);
    const perSecond = (await load.rate(byCookie(ports.decision, draw(tokens)))) / 3;
    const ask = (port: number) => load.latency(byCookie(port, draw(tokens)), perSecond);
    const sides = await alternate(options.rounds, {
      postern: () => ask(ports.decision),
      floor: () => ask(floor),
    });
    const at = `at ${Math.round(perSecond)} a second`;
    return [
      above(sides, 'p99', 2, `p99 above F1's ${at}`),
      above(sides, 'p999', 10, `p99.9 above F1's ${at}`),
      absolute(sides, 'p50', 'Postern, p50'),
      absolute(sides, 'p99', 'Postern, p99'),
      absolute(sides, 'p999', 'Postern, p99.9'),
    ];
  },
};

function above(sides: Figures<Latency>, rank: keyof Latency, atMost: number, what: string): Row {
  const [postern, floor] = [sides.postern, sides.floor].map((side = []) =>
    side.map((latency) => latency[rank]),
  );
  const values = (postern ?? []).map((latency, round) => latency - (floor?.[round] ?? Number.NaN));
  return {
    what,
    unit: 'ms',
    values,
    limit: { atMost },
    measured: { postern: postern ?? [], floor: floor ?? [] },
  };
}

function absolute({ postern = [] }: Figures<Latency>, rank: keyof Latency, what: string): Row {
  return { what, unit: 'ms', values: postern.map((latency) => latency[rank]) };
}
