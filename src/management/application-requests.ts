import { z } from 'zod';
import { SCOPE_TOKEN } from '../lib/grammar.ts';
import { PROTECTED_CLAIMS } from '../oauth/access-token.ts';
import { MAX_SECRETS, MAX_TOKEN_SECONDS } from '../registry/limits.ts';
import { APPID_DEFAULT } from '../registry/permission.ts';
import { claims } from './session-requests.ts';

/** Printed on consoles and in logs: nothing that moves a cursor, breaks a line or turns a text around. */
const LABEL = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u;

export const label = (longest: number) =>
  z.string().min(1).max(longest).regex(LABEL, 'must have no control characters');

export const description = label(500).or(z.literal(''));

export const accessTokenTtl = z.int().min(60).max(MAX_TOKEN_SECONDS);

export const scopeName = z
  .string()
  .max(255)
  .regex(SCOPE_TOKEN, 'must be a scope token (RFC 6749 section 3.3)')
  .refine((name) => name !== APPID_DEFAULT, 'is in every token of the profile appid, and gives nothing');

const MAX_CLAIMS_BYTES = 2 * 1024;

/** They are in every token, and a token is in every request. */
const staticClaims = claims
  .refine(
    (value) => !Object.keys(value).some((name) => PROTECTED_CLAIMS.has(name)),
    'must not have a claim that a token has anyway, or that says who somebody is',
  )
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_CLAIMS_BYTES,
    'must be 2 KiB at most as JSON',
  );

const jwks = z.strictObject({
  keys: z.array(z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_#]{0,63}$/), z.unknown())).max(5),
});

/** IBM App ID's types. What runs in a browser keeps no secret, so it is given no grant unless one says so. */
const type = z.enum(['regularwebapp', 'singlepageapp']);

const members = {
  type: type.exactOptional(),
  jwks: jwks.exactOptional(),
  claims: staticClaims.exactOptional(),
  accessTokenTtl: accessTokenTtl.exactOptional(),
  grantTypes: z
    .array(z.enum(['client_credentials']))
    .max(1)
    .exactOptional(),
};

export const applicationCreation = z.strictObject({ name: label(50), ...members });

export const applicationChange = z.strictObject({
  name: label(50).exactOptional(),
  enabled: z.boolean().exactOptional(),
  ...members,
  accessTokenTtl: accessTokenTtl.nullable().exactOptional().describe('null: none of its own'),
});

export const ownScopes = z.strictObject({ scopes: z.array(scopeName) });

export const indicator = z.string().min(1).max(512);

export const access = z.strictObject({ resource: indicator, scopes: z.array(scopeName) });

export const grants = z.strictObject({ grants: z.array(access) });

export const roleIds = z.strictObject({ roles: z.strictObject({ ids: z.array(z.string().max(64)) }) });

/** In seconds since the epoch. */
const expiresAt = z.int().positive();

const secretName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,50}$/, 'must be letters, digits and . _ -, 50 at most');

export const secretCreation = z.strictObject({ name: secretName, expiresAt: expiresAt.exactOptional() });

export const secretRotation = z.strictObject({
  graceSeconds: z
    .int()
    .nonnegative()
    .max(30 * 86_400)
    .prefault(0)
    .describe('How long the old ones still work; 0: they are gone at once, and the tokens that they gave'),
});

const applicationView = z.object({
  clientId: z.string(),
  tenantId: z.string(),
  name: z.string(),
  type,
  enabled: z.boolean(),
  oAuthServerUrl: z.string(),
  profilesUrl: z.string(),
  discoveryEndpoint: z.string(),
  grantTypes: z.array(z.string()),
  accessTokenTtl: z.int().exactOptional(),
  claims: z.record(z.string(), z.unknown()),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.string())) }).exactOptional(),
});

const secretView = z.object({
  name: z.string(),
  createdAt: z.int(),
  expiresAt: z.int().exactOptional(),
  lastUsedAt: z.int().exactOptional().describe('Exact to about a minute; absent where it was never used'),
});

/** What comes back. `secret` is shown this once. */
export const answers = {
  application: applicationView,
  registered: applicationView.extend({ secret: z.string() }),
  applications: z.object({ applications: z.array(applicationView) }),
  scopes: ownScopes,
  grants,
  roles: z.object({ roles: z.array(z.object({ id: z.string(), name: z.string() })) }),
  secrets: z.object({ secrets: z.array(secretView).describe(`${MAX_SECRETS} at most that work`) }),
  secret: secretView.extend({ secret: z.string() }),
};
