import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Action, Asked } from './action.ts';
import { EXIT, Failure } from './failure.ts';

// Loose, since the answer is printed as it came.
const explanation = z.looseObject({
  outcome: z.string(),
  statuses: z.record(z.string(), z.number()),
  steps: z.array(z.looseObject({ step: z.string(), ok: z.boolean().optional(), says: z.string() })),
});

type Explanation = z.output<typeof explanation>;

export const explainDecision: Action = async (call, asked) => {
  const { operand: policy, requestUrl, method = 'GET', clientAddress } = asked;
  const credential = await credentialOf(asked);
  const answer = await call('POST', '/explain', explanation, {
    policy,
    clientAddress,
    credential,
    ...(requestUrl !== undefined && { request: { method, url: requestUrl } }),
  });
  return { answer, table: tableOf(answer) };
};

async function credentialOf({ session, tokenFile, cookieFile }: Asked) {
  if (session !== undefined) return { sessionId: session };
  if (tokenFile !== undefined) return { token: await readCredential(tokenFile) };
  return cookieFile === undefined ? undefined : { cookie: await readCredential(cookieFile) };
}

/** A command line can be read by everybody on the machine, so a credential is never on it. */
async function readCredential(path: string): Promise<string> {
  try {
    const held = path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
    return held.replace(/\r?\n$/, '');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new Failure(EXIT.usage, `${path} can't be read${why}.`, { cause: error });
  }
}

function tableOf({ outcome, statuses, steps }: Explanation): string[][] {
  const rows = steps.map(({ step, ok, says }) => [markOf(ok), step, says]);
  const answers = Object.entries(statuses).map(([dialect, status]) => `${dialect} ${status}`);
  return [...rows, [markOf(outcome === 'allow'), outcome, answers.join(', ')]];
}

function markOf(ok: boolean | undefined): string {
  return ok === undefined ? '-' : ok ? 'ok' : 'no';
}
