import type { Bench } from '../bench.ts';
import type { Case, Row } from '../case.ts';
import type { Algorithm } from '../floors/signatures.ts';
import { byForm } from '../load/questions.ts';
import { basicOf, registerClient, TOKEN_FORM, TOKEN_PATH } from '../management.ts';
import { alternate } from '../measure/rounds.ts';
import { compared, plain } from '../rows.ts';

/** As many as the issuer works on at a time: what more of them measure is how they wait. */
const CONNECTIONS = 16;

export const P8: Case = {
  id: 'P8',
  title: 'POST /token, RS256 and ES256',
  figure: 'at least 0.75 × the rate at which one core can sign',
  isLong: true,
  run: async (bench) => [...(await signing(bench, 'RS256')), ...(await signing(bench, 'ES256'))],
};

async function signing(bench: Bench, alg: Algorithm): Promise<Row[]> {
  const { load, options } = bench;
  const settings = { tenants: { default: { signingAlg: alg } } };
  const { ports } = await bench.startPostern({ nearCache: true, settings });
  const client = await registerClient(ports);
  const questions = byForm(ports.public, TOKEN_PATH, basicOf(client), TOKEN_FORM);
  // A key is made for the first one.
  await load.rate(questions, { connections: 1, seconds: 1 });
  await load.warm(questions, options.warmSeconds);
  const sides = await alternate(options.rounds, {
    postern: () => load.rate(questions, { connections: CONNECTIONS }),
    sign: () => bench.signatures(alg, 'sign'),
  });
  const limit = { atLeast: 0.75 };
  return [
    compared({ what: `POST /token, ${alg}, to signing`, sides, of: 'postern', to: 'sign', limit }),
    plain(`Postern, ${alg}`, sides, 'postern'),
    plain(`signing ${alg}`, sides, 'sign'),
  ];
}
