import { z } from 'zod';
import type { Claim } from '../decision/session.ts';
import { SCOPE_TOKEN } from '../lib/grammar.ts';
import { paging } from './paging.ts';

/** A lone surrogate has no UTF-8: it becomes U+FFFD here, and is then the same in the row, the index and a header. */
const text = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .transform((value) => value.toWellFormed());

const texts = z.array(text(255)).max(100);

const scope = z
  .array(z.string().max(255).regex(SCOPE_TOKEN, 'must be a scope token (RFC 6749 section 3.3)'))
  .max(100);

const scalar = z.union([
  z.string().transform((value) => value.toWellFormed()),
  z.number(),
  z.boolean(),
  z.null(),
]);
const claim: z.ZodType<Claim> = z.union([scalar, z.array(scalar)]);

/** Names that begin with a letter: `__proto__` and its like are none. */
const claimName = z.string().regex(/^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/, 'must begin with a letter');

const MAX_CLAIMS_BYTES = 8 * 1024;

export const claims = z
  .record(claimName, claim)
  .refine(({ email }) => email === undefined || typeof email === 'string', {
    path: ['email'],
    error: 'must be a string',
  })
  .refine(({ name }) => name === undefined || typeof name === 'string', {
    path: ['name'],
    error: 'must be a string',
  })
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_CLAIMS_BYTES,
    'must be 8 KiB at most as JSON',
  );

const seconds = z
  .int()
  .nonnegative()
  .max(100 * 365 * 86_400);

const changeable = {
  roles: texts.optional(),
  scope: scope.optional(),
  amr: texts.optional(),
  authenticatedAt: z.int().nonnegative().optional(),
  claims: claims.optional(),
};

export const creation = z.strictObject({
  subject: text(255),
  ...changeable,
  audience: z.array(text(512)).max(100).optional(),
  domain: z.string().optional().describe('Of `session.cookie.domains`; absent: the first'),
  ttlSeconds: seconds.positive().optional(),
  // A use is noted in whole seconds: one second would be over before its first use could be.
  idleSeconds: seconds.refine((idle) => idle !== 1, 'must be 0 or at least 2').optional(),
});

export const rotation = z.strictObject(changeable);

export const listing = z.strictObject({ subject: z.string().min(1), ...paging });

export const ofSubject = z.strictObject({ subject: z.string().min(1) });
