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
    /** The same, of more than can be answered; and then a calm. */
    z.strictObject({
      kind: z.literal('flood'),
      perSecond: z.number(),
      seconds: z.number(),
      calm: z.strictObject({ perSecond: z.number(), seconds: z.number() }),
    }),
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

export const floodTallySchema = z.strictObject({
  statuses: z.record(z.string(), z.int()),
  /** Those that were due while it lasted, and were sent. */
  asked: z.int(),
  /** Of them: let through in time. */
  allowed: z.int(),
  /** Those that were not sent, since no connection was free. */
  unsent: z.int(),
  /** In milliseconds, from when it was sent until it was 503. */
  refusedP99: z.number(),
  /** In milliseconds, from its end to the first second of which all were allowed in time. */
  recovery: z.number(),
  /** In milliseconds, from when one was due until it was sent: by a load that has too much to do itself. */
  sentLateP99: z.number(),
});

export type FloodTally = z.output<typeof floodTallySchema>;
