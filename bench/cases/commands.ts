import type { Bench } from '../bench.ts';
import type { Row } from '../case.ts';
import type { Questions } from '../load/questions.ts';
import type { Postern } from '../postern.ts';
import type { Commands } from '../redis.ts';

/** How many requests are counted over: what the server does by itself meanwhile does not show. */
export const ASKED = 5_000;

type Counted = {
  readonly bench: Bench;
  readonly postern: Postern;
  readonly what: string;
  readonly questionsOf: (port: number) => Questions;
};

/** How many commands the store gets for a request, as the store itself counts them. */
export async function commandsRow(counted: Counted): Promise<Row> {
  const { all } = await countPerRequest(counted, 200);
  return { what: counted.what, unit: 'commands', values: [all], limit: { atMost: 1.01 } };
}

/** How often a request that is denied reads a row (`GET`), and how many commands there are beside it. */
export async function readsRow(counted: Counted): Promise<Row> {
  const { all, reads } = await countPerRequest(counted, 401);
  const note = `${all.toFixed(2)} commands in all`;
  return { what: counted.what, unit: 'commands', values: [reads], limit: { atMost: 1.01 }, note };
}

async function countPerRequest(
  { bench: { load, store }, postern, questionsOf }: Counted,
  status: number,
): Promise<Commands> {
  const questions = questionsOf(postern.ports.decision);
  const before = await store.commands();
  await load.once(questions, status);
  const after = await store.commands();
  const perRequest = (of: keyof Commands) => (after[of] - before[of]) / questions.credentials.length;
  return { all: perRequest('all'), reads: perRequest('reads') };
}
