import type { Bench } from '../bench.ts';
import type { Row } from '../case.ts';
import type { Questions } from '../load/questions.ts';
import type { Postern } from '../postern.ts';

/** How many requests are counted over: what the server does by itself meanwhile does not show. */
export const ASKED = 5_000;

/** How many commands the store gets for a request, as the store itself counts them. */
export async function commandsRow(
  { load, store }: Bench,
  { ports }: Postern,
  what: string,
  questionsOf: (port: number) => Questions,
  status = 200,
): Promise<Row> {
  const questions = questionsOf(ports.decision);
  const before = await store.commands();
  await load.once(questions, status);
  const perRequest = ((await store.commands()) - before) / questions.credentials.length;
  return { what, unit: 'commands', values: [perRequest], limit: { atMost: 1.01 } };
}
