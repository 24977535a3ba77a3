import { z } from 'zod';
import { STEPS, type Step } from '../decision/explain.ts';
import { parseSessionId } from '../decision/token.ts';
import { Problem } from './problems.ts';
import { type Route, route } from './route.ts';

const sessionId = z.string().transform((text, context) => {
  const id = parseSessionId(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'must be two characters, a dot and 43 characters' });
  return z.NEVER;
});

const credential = z
  .strictObject({
    token: z.string().exactOptional().describe('What would follow `Bearer ` in `Authorization`'),
    cookie: z.string().exactOptional().describe('The value of the session cookie'),
    sessionId: sessionId.exactOptional().describe('A public id: as if its holder sent the session cookie'),
  })
  .refine((stated) => Object.keys(stated).length === 1, 'must be one of token, cookie and sessionId');

const question = z.strictObject({
  policy: z.string(),
  request: z
    .strictObject({ method: z.string(), url: z.string().describe('Absolute') })
    .exactOptional()
    .describe('The original request'),
  clientAddress: z.union([z.ipv4(), z.ipv6()]).exactOptional(),
  preflight: z
    .strictObject({ origin: z.string(), method: z.string() })
    .exactOptional()
    .describe('What an OPTIONS has in `Origin` and `Access-Control-Request-Method`'),
  credential: credential.exactOptional().describe('Absent: none'),
});

/** What is asked about. It holds whatever the caller may have of a credential, and goes no further than its reading. */
export type Asking = z.output<typeof question>;

const explanation = z.strictObject({
  outcome: z.string(),
  reason: z.string(),
  statuses: z.record(z.string(), z.int()).describe('What each dialect that serves the policy answers'),
  rule: z.int().exactOptional().describe('The place of the rule that counts, from 1 on'),
  steps: z.array(
    z.strictObject({
      step: z.enum(STEPS),
      ok: z
        .boolean()
        .exactOptional()
        .describe('false: this is why it does not pass; absent: nothing depends on it, or it is not known'),
      says: z.string(),
    }),
  ),
});

export type Explanation = {
  readonly outcome: string;
  readonly reason: string;
  readonly statuses: Readonly<Record<string, number>>;
  readonly rule: number | undefined;
  readonly steps: readonly Step[];
};

/** Decides as the gate would, and changes nothing. Undefined where the tenant has no such policy. */
export type Explain = (tenant: string, asking: Asking) => Promise<Explanation | undefined>;

export function explainRoute(explain: Explain): Route {
  return route({
    method: 'POST',
    path: '/explain',
    operation: 'explainDecision',
    summary: 'Says step by step how a request would be decided; changes nothing',
    body: question,
    answers: [{ status: 200, description: 'Whatever the outcome', schema: explanation }],
    handle: async ({ tenant, body }) => {
      const explained = await explain(tenant, body);
      if (explained === undefined) {
        throw new Problem(404, 'Not Found', 'The settings have no policy of this name for this tenant.');
      }
      return { status: 200, body: explained };
    },
  });
}
