import { z } from 'zod';

/** What a generator is to do. Its credentials stand in a file, one a line. */
export const planSchema = z.strictObject({
  port: z.int(),
  before: z.string(),
  after: z.string(),
  file: z.string(),
  connections: z.int().positive(),
  pace: z.discriminatedUnion('kind', [
    /** On each connection the next question as soon as the last is answered, for so long. */
    z.strictObject({ kind: z.literal('closed'), seconds: z.number() }),
    /** The same, until each was asked once. */
    z.strictObject({ kind: z.literal('once') }),
    /** At a constant rate, whatever the answers take. */
    z.strictObject({ kind: z.literal('open'), perSecond: z.number(), seconds: z.number() }),
  ]),
});

export type Plan = z.output<typeof planSchema>;
export type Pace = Plan['pace'];

export const tallySchema = z.strictObject({
  requests: z.int(),
  seconds: z.number(),
  /** How many answers had which status. */
  statuses: z.record(z.string(), z.int()),
  /** In milliseconds, from when a question was due. Of an open loop alone. */
  latency: z.strictObject({ p50: z.number(), p99: z.number(), p999: z.number() }).optional(),
});

export type Tally = z.output<typeof tallySchema>;
