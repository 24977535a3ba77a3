import { z } from 'zod';
import { name } from './policies.ts';

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
