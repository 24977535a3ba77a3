import { type Bench, warm } from '../bench.ts';
import type { Case, Row } from '../case.ts';
import type { Algorithm } from '../floors/signatures.ts';
import { byBearer } from '../load/questions.ts';
import { getTokens, registerClient } from '../management.ts';
import { alternate } from '../measure/rounds.ts';
import { compared, plain } from '../rows.ts';

const HOT_TOKENS = 100;

export const P3: Case = {
  id: 'P3',
  title: 'JWT of our own, hot: 100 tokens',
  figure: 'at least 0.80 × F1',
  run: async (bench) => {
    const { load, draw, options } = bench;
    const { ports } = await bench.startPostern({ nearCache: true });
    const tokens = await getTokens(ports, await registerClient(ports), HOT_TOKENS);
    const floor = await bench.startF1();
    const ask = (port: number) => load.rate(byBearer(port, draw(tokens)));
    await load.warm(byBearer(floor, draw(tokens)), options.warmSeconds);
    await warm(bench, ports, tokens, byBearer);
    const sides = await alternate(options.rounds, {
      postern: () => ask(ports.decision),
      floor: () => ask(floor),
    });
    return [
      compared({ what: 'JWT, hot, to F1', sides, of: 'postern', to: 'floor', limit: { atLeast: 0.8 } }),
      plain('Postern', sides, 'postern'),
    ];
  },
};

export const P4: Case = {
  id: 'P4',
  title: 'JWT of our own, never seen before',
  figure: 'at least 0.85 × the rate at which one core can verify that algorithm',
  leftOut: 'RS256, whose tokens take longest to make',
  run: async (bench) => [
    ...(bench.options.short ? [] : await verifying(bench, 'RS256')),
    ...(await verifying(bench, 'ES256')),
  ],
};

/** Each token is asked once, so it takes as many as are asked. */
async function verifying(bench: Bench, alg: Algorithm): Promise<Row[]> {
  const { load, options } = bench;
  const settings = { tenants: { default: { signingAlg: alg } } };
  const { ports } = await bench.startPostern({ nearCache: true, settings });
  const client = await registerClient(ports);
  const count = options.short ? 500 : 5_000;
  const unseen = await getTokens(ports, client, count * (options.rounds + 1));
  const ask = () => load.once(byBearer(ports.decision, unseen.splice(0, count)));
  await ask();
  const sides = await alternate(options.rounds, {
    postern: ask,
    verify: () => bench.signatures(alg, 'verify'),
  });
  const limit = { atLeast: 0.85 };
  return [
    compared({ what: `${alg}, never seen, to verifying`, sides, of: 'postern', to: 'verify', limit }),
    plain(`Postern, ${alg}`, sides, 'postern'),
    plain(`verifying ${alg}`, sides, 'verify'),
  ];
}
