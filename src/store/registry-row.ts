import { z } from 'zod';
import type { Version, Versioned } from '../registry/ports.ts';
import type {
  Access,
  ApiResource,
  Application,
  ClientKey,
  ClientSecret,
  Registry,
  Role,
  Scope,
  SigningAlg,
  SigningKey,
} from '../registry/registry.ts';
import { parseJson, unreadable } from './unreadable.ts';

/** Raised when a reader of the version before could misread what is written. */
const VERSION = 1;
const KIND = 'registry';

/** In bytes. Neither written nor parsed beyond this. */
const MAX_REGISTRY_BYTES = 4 * 1024 * 1024;

const EMPTY: Registry = { applications: [], resources: [], roles: [], keys: [], retired: [] };

/** Every field of a type, so that none can be forgotten below. */
type Shape<Type> = { readonly [Field in keyof Type]-?: z.ZodType<Type[Field]> };

const strings = z.array(z.string());
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const publicJwk = z.object({ kty: z.string() }).catchall(z.string());
const algorithm = z.enum({
  RS256: 'RS256',
  PS256: 'PS256',
  ES256: 'ES256',
  ES384: 'ES384',
  EdDSA: 'EdDSA',
} as const satisfies { readonly [Alg in SigningAlg]: Alg });

const access: z.ZodType<Access> = z.strictObject({
  resource: z.string(),
  scopes: strings,
} satisfies Shape<Access>);

const clientKey: z.ZodType<ClientKey> = z.strictObject({
  thumbprint: z.string(),
  jwk: publicJwk,
} satisfies Shape<ClientKey>);

const secret: z.ZodType<ClientSecret> = z.strictObject({
  id: z.string(),
  name: z.string(),
  digest: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().exactOptional(),
} satisfies Shape<ClientSecret>);

const application: z.ZodType<Application> = z.strictObject({
  clientId: z.string(),
  name: z.string(),
  type: z.string(),
  enabled: z.boolean(),
  createdAt: z.number(),
  grantTypes: z.array(z.literal('client_credentials')),
  accessTokenTtl: z.number().exactOptional(),
  claims: z.record(z.string(), z.union([scalar, z.array(scalar)])),
  jwks: z.array(clientKey),
  secrets: z.array(secret),
  scopes: strings,
  grants: z.array(access),
  roles: strings,
} satisfies Shape<Application>);

const scope: z.ZodType<Scope> = z.strictObject({
  name: z.string(),
  description: z.string(),
} satisfies Shape<Scope>);

const resource: z.ZodType<ApiResource> = z.strictObject({
  id: z.string(),
  name: z.string(),
  indicator: z.string(),
  createdAt: z.number(),
  scopes: z.array(scope),
  accessTokenTtl: z.number().exactOptional(),
  tokenFormat: z.enum(['jwt', 'opaque']),
  signingAlg: algorithm.exactOptional(),
  typ: z.enum(['at+jwt', 'JWT']),
  isDefault: z.boolean(),
  restricted: z.boolean(),
  introspectors: strings,
} satisfies Shape<ApiResource>);

const role: z.ZodType<Role> = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  access: z.array(access),
} satisfies Shape<Role>);

const key: z.ZodType<SigningKey> = z.strictObject({
  kid: z.string(),
  alg: algorithm,
  state: z.enum(['next', 'current', 'previous']),
  publicJwk,
  sealed: z.string(),
  createdAt: z.number(),
  currentSince: z.number().exactOptional(),
  previousSince: z.number().exactOptional(),
} satisfies Shape<SigningKey>);

const registry: z.ZodType<Registry> = z.strictObject({
  applications: z.array(application),
  resources: z.array(resource),
  roles: z.array(role),
  keys: z.array(key),
  retired: strings,
  accessTokenTtl: z.number().exactOptional(),
} satisfies Shape<Registry>);

const row = z.strictObject({
  version: z.literal(VERSION),
  kind: z.literal(KIND),
  tenant: z.string(),
  /** Names the state, as `Version` does; `version` is that of the form. */
  tag: z.string().min(1),
  registry,
});

/** A registry as it is kept. What could not be read again is not written: it would lock its owner out. */
export function writeRegistry(tenant: string, { version, registry }: Versioned): string {
  const text = JSON.stringify({ version: VERSION, kind: KIND, tenant, tag: version, registry });
  readRegistry(tenant, text, version);
  return text;
}

/**
 * Both undefined: nothing was ever declared. Rejects, with `CannotTell`, whatever is not the whole registry of this
 * tenant in the state that `tag` names.
 */
export function readRegistry(tenant: string, text: string | undefined, tag: Version | undefined): Versioned {
  if (text === undefined && tag === undefined) return { version: '', registry: EMPTY };
  if (text === undefined) throw unreadable('a registry', 'there is a version, and nothing of it');
  if (Buffer.byteLength(text) > MAX_REGISTRY_BYTES) throw unreadable('a registry', 'it is larger than 4 MiB');
  const { success, data } = row.safeParse(parseJson(text));
  if (!success)
    throw unreadable('a registry', 'it does not have the form that this version of Postern knows');
  if (data.tenant !== tenant) throw unreadable('a registry', 'it belongs to another tenant');
  if (data.tag !== tag) throw unreadable('a registry', 'it is of another state than its version says');
  return { version: data.tag, registry: data.registry };
}
