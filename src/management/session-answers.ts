import { z } from 'zod';

const at = z.int().nonnegative().describe('Seconds since the epoch');
const texts = z.array(z.string());
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const session = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  subject: z.string(),
  subjectType: z.enum(['user', 'client']),
  clientId: z.string().optional().describe('The application a token was issued to'),
  scope: texts,
  roles: texts,
  audience: texts,
  amr: texts.describe('Authentication methods (RFC 8176)'),
  claims: z.record(z.string(), z.union([scalar, z.array(scalar)])),
  authenticatedAt: at,
  cookieDomain: z
    .string()
    .optional()
    .describe(
      'Where there are several, the domain that its cookie was set for: it counts on no host outside',
    ),
  createdAt: at,
  expiresAt: at,
  idleSeconds: z.int().nonnegative().describe('How long it may go unused; 0 is for ever'),
  lastSeenAt: at,
});

export const page = z.strictObject({
  sessions: z.array(session).describe('The live ones, newest first'),
  cursor: z.string().optional().describe('There while more follow'),
});

/** The one answer that shows a token. */
export const handedOver = z.strictObject({
  id: z.string(),
  token: z.string().describe('Shown this once'),
  expiresAt: at,
  setCookie: z.string().describe('The value of the `Set-Cookie` that hands a browser its session'),
  clearCookie: z.string().describe('The value of the `Set-Cookie` for the logout'),
});
