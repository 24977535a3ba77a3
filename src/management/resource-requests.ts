import { z } from 'zod';
import { SIGNING_ALGS } from '../registry/registry.ts';
import { accessTokenTtl, description, label, scopeName } from './application-requests.ts';

/** RFC 8707 section 2: an absolute URI without a fragment. Compared byte for byte, so no other spelling is it. */
const indicator = z
  .string()
  .max(512)
  .regex(/^[A-Za-z][A-Za-z0-9+.-]*:[!"$-~]+$/, 'must be an absolute URI or a URN without a fragment')
  .refine((text) => URL.canParse(text), 'must be an absolute URI or a URN without a fragment');

const members = {
  accessTokenTtl: accessTokenTtl.exactOptional(),
  tokenFormat: z.enum(['jwt', 'opaque']).exactOptional(),
  signingAlg: z.enum(SIGNING_ALGS).exactOptional(),
  typ: z.enum(['at+jwt', 'JWT']).exactOptional(),
  isDefault: z.boolean().exactOptional(),
  restricted: z.boolean().exactOptional(),
  introspectors: z.array(z.string().max(64)).max(50).exactOptional(),
};

export const resourceCreation = z.strictObject({ name: label(100), indicator, ...members });

/** Without name and identifier, which never change: they are unknown members here, and refused as such. */
export const resourceChange = z.strictObject({
  ...members,
  accessTokenTtl: accessTokenTtl.nullable().exactOptional().describe('null: none of its own'),
  signingAlg: z.enum(SIGNING_ALGS).nullable().exactOptional().describe('null: that of the tenant'),
});

export const scopeCreation = z.strictObject({
  name: scopeName,
  description: description.exactOptional(),
});

const scope = z.object({ name: z.string(), description: z.string() });

const resource = z.object({
  id: z.string(),
  name: z.string(),
  indicator: z.string(),
  scopes: z.array(scope),
  accessTokenTtl: z.int().exactOptional(),
  tokenFormat: z.enum(['jwt', 'opaque']),
  signingAlg: z.enum(SIGNING_ALGS).exactOptional(),
  typ: z.enum(['at+jwt', 'JWT']),
  isDefault: z.boolean(),
  restricted: z.boolean(),
  introspectors: z.array(z.string()),
});

export const answers = {
  resource,
  resources: z.object({ resources: z.array(resource) }),
  scope,
  scopes: z.object({ scopes: z.array(scope) }),
};
