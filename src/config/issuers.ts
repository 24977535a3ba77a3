import { z } from 'zod';

const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

/** Compared byte for byte with `iss`, so it is kept as it is written. */
const url = z
  .string()
  .max(512)
  .refine(isPlainUrl, 'must be an http or https URL without user, query and fragment');

function isPlainUrl(text: string): boolean {
  const found = URL.parse(text);
  if (found === null || !/^https?:\/\/[^\s?#@]+$/.test(text)) return false;
  return found.username === '' && found.password === '';
}

const claim = z.string().min(1).max(128);

const claims = z.strictObject({
  subject: claim.prefault('sub').describe('The claim that says who it is'),
  scope: claim.prefault('scope').describe('Separated by spaces, or a list'),
  roles: claim.prefault('roles').describe('One, or a list'),
  email: claim.prefault('email'),
  name: claim.prefault('name'),
});

const issuer = z
  .strictObject({
    issuer: url.describe('Exactly what its tokens have in `iss`'),
    tenant: z.string().prefault('default'),
    audience: z.string().min(1).max(512).describe('Must be a member of `aud`'),
    algorithms: z.array(z.enum(ALGORITHMS)).min(1).prefault(['RS256']).describe(ALGORITHMS.join(', ')),
    jwksUri: url
      .optional()
      .describe('Where its keys are. Absent: it is asked (`/.well-known/openid-configuration`)'),
    typ: z
      .array(z.string().regex(/^[!-~]{1,64}$/, 'must be a media type'))
      .min(1)
      .prefault(['at+jwt', 'jwt'])
      .describe('Any one of them, in the header; `none` takes a token without'),
    maxTokenSeconds: z
      .int()
      .positive()
      .max(366 * 86_400)
      .prefault(86_400)
      .describe('How long a token may live at most'),
    subjectType: z.enum(['user', 'client']).prefault('user').describe('Whom its tokens stand for'),
    bearerPair: z
      .boolean()
      .prefault(false)
      .describe('Clients may send `Bearer <access token> <ID token>`, as those of IBM App ID do'),
    claims: claims.prefault({}),
  })
  .refine(({ issuer, jwksUri }) => !issuer.startsWith('https:') || jwksUri?.startsWith('http:') !== true, {
    path: ['jwksUri'],
    error: 'must be https, as the issuer is',
  });

export const issuers = z.array(issuer).superRefine((all, context) => {
  for (const [index, { issuer: name }] of all.entries()) {
    if (all.findIndex((other) => other.issuer === name) === index) continue;
    context.addIssue({ code: 'custom', path: [index, 'issuer'], message: 'this issuer is there already' });
  }
});
