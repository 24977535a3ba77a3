import { z } from 'zod';
import { SCOPE_TOKEN } from '../lib/grammar.ts';

const name = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/,
    'must be lower-case letters, digits and inner dashes, 63 at most',
  );

const scopeToken = z.string().regex(SCOPE_TOKEN, 'must be a scope token (RFC 6749 section 3.3)');

const text = z.string().min(1).max(512);

const policy = z
  .strictObject({
    tenant: z.string().prefault('default'),
    anonymous: z.boolean().prefault(false).describe('Whoever presents nothing may pass, without an identity'),
    subjectType: z.enum(['user', 'client']).optional(),
    audience: text.optional().describe('An identifier that the session must be for'),
    scope: z.array(scopeToken).prefault([]).describe('All of them'),
    anyScope: z.array(scopeToken).prefault([]).describe('Any one of them'),
    roles: z.array(text).prefault([]).describe('Any one of them'),
    maxAuthAgeSeconds: z.int().positive().optional().describe('The greatest age of the last login'),
  })
  .superRefine(({ tenant: _tenant, anonymous, ...requirements }, context) => {
    if (!anonymous) return;
    for (const [requirement, value] of Object.entries(requirements)) {
      if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
      const message = 'an anonymous policy lets everybody pass, so it can require nothing';
      context.addIssue({ code: 'custom', path: [requirement], message });
    }
  });

export const policies = z.record(name, policy).describe('What `/{dialect}/{policy}` asks for');

const tenant = z
  .strictObject({
    tokenProfile: z
      .enum(['rfc9068', 'appid'])
      .prefault('rfc9068')
      .describe("`appid`: access tokens as IBM App ID's SDKs demand them, signed with RS256"),
    strictScope: z
      .boolean()
      .prefault(false)
      .describe('A scope that is not granted is an error, instead of being left out'),
    accessTokenTtl: z
      .int()
      .min(60)
      .max(86_400)
      .prefault(3_600)
      .describe('In seconds, where nothing that is declared says otherwise'),
    signingAlg: z
      .enum(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])
      .prefault('RS256')
      .describe('What signs access tokens; every verifier takes RS256'),
    withoutResource: z
      .enum(['client', 'refuse'])
      .prefault('client')
      .describe(
        'What a request without `resource` gets, where none is the default: a token for itself, or an error',
      ),
  })
  .refine(({ tokenProfile, signingAlg }) => tokenProfile !== 'appid' || signingAlg === 'RS256', {
    path: ['signingAlg'],
    error: 'must be RS256 in the profile appid',
  });

export const tenants = z
  .record(name, tenant)
  .describe('Isolated sets of applications, resources, roles, keys and sessions');
