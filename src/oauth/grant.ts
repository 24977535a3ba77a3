import { SCOPE_TOKEN } from '../lib/grammar.ts';
import { findResource } from '../registry/lookup.ts';
import { APPID_DEFAULT, permittedScopes, roleNames } from '../registry/permission.ts';
import type { ApiResource, Application, Registry, SigningAlg } from '../registry/registry.ts';
import { OAuthError } from './errors.ts';
import type { Parameters } from './parameters.ts';
import { signingAlgFor, type Tenant } from './tenant.ts';

/** What a client is given. */
export type Grant = {
  readonly resource: ApiResource;
  readonly scope: readonly string[];
  readonly roles: readonly string[];
  readonly ttlSeconds: number;
  readonly signingAlg: SigningAlg;
};

/**
 * RFC 6749 section 4.4 with RFC 8707: what an authenticated application gets of what it asks for. Throws an
 * `OAuthError`.
 */
export function grantClientCredentials(
  registry: Registry,
  application: Application,
  parameters: Parameters,
  tenant: Tenant,
): Grant {
  if (!application.grantTypes.includes('client_credentials')) {
    throw new OAuthError('unauthorized_client', 'This application may not use client_credentials.');
  }
  const resource = chooseResource(registry, application, parameters, tenant);
  const permitted = permittedScopes(registry, application, resource);
  if (permitted === undefined) throw invalidTarget('The resource is restricted, and not granted.');
  const own = tenant.tokenProfile === 'appid' ? [APPID_DEFAULT] : [];
  return {
    resource,
    scope: chooseScope(parameters.get('scope'), [...own, ...permitted], tenant, own),
    roles: roleNames(registry, application),
    ttlSeconds:
      resource.accessTokenTtl ??
      application.accessTokenTtl ??
      registry.accessTokenTtl ??
      tenant.accessTokenTtl,
    signingAlg: signingAlgFor(tenant, resource),
  };
}

function chooseResource(
  registry: Registry,
  { clientId }: Application,
  parameters: Parameters,
  { withoutResource }: Tenant,
): ApiResource {
  const [resource, audience] = [parameters.get('resource'), parameters.get('audience')];
  if (resource !== undefined && audience !== undefined && resource !== audience) {
    throw invalidTarget('resource and audience name different resources.');
  }
  const named = resource ?? audience;
  const chosen =
    named === undefined
      ? (registry.resources.find(({ isDefault }) => isDefault) ??
        (withoutResource === 'client' ? findResource(registry, clientId) : undefined))
      : findResource(registry, named);
  if (chosen !== undefined) return chosen;
  throw invalidTarget(named === undefined ? 'Name a resource.' : 'There is no such resource.');
}

/** RFC 6749 section 3.3. What is not permitted is left out, unless the tenant is strict; the answer says what was given. */
function chooseScope(
  asked: string | undefined,
  permitted: readonly string[],
  { strictScope }: Tenant,
  always: readonly string[],
): readonly string[] {
  if (asked === undefined) return permitted;
  const names = new Set(asked.split(' '));
  for (const name of names) {
    if (!SCOPE_TOKEN.test(name)) throw invalidScope('The scope is not a list of scope tokens.');
    if (strictScope && !permitted.includes(name)) throw invalidScope('A scope is not granted.');
  }
  return permitted.filter((name) => names.has(name) || always.includes(name));
}

function invalidTarget(description: string): OAuthError {
  return new OAuthError('invalid_target', description);
}

function invalidScope(description: string): OAuthError {
  return new OAuthError('invalid_scope', description);
}
