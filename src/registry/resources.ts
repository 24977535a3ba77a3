import { sha256 } from '../lib/digest.ts';
import { withdrawResource, withdrawScopes } from './access.ts';
import { type Limits, refuseBeyond } from './limits.ts';
import { findApplication, replaced, resourceOf, without } from './lookup.ts';
import { notFound, Refusal } from './refusal.ts';
import type { ApiResource, Registry, Scope, SigningAlg } from './registry.ts';

/** The id of a tenant's own management API among its resources. */
export const BUILT_IN = 'management-api';

/** Identifiers that were given once are remembered for ever, so they are as bounded as everything else here. */
const MAX_RETIRED = 10_000;

/**
 * The registry as it is worked with: with the tenant's own management API among the resources, whatever was kept of
 * it. Its one scope, `all`, is given by grants and roles like any other.
 */
export function withBuiltIn(registry: Registry, managementUrl: string): Registry {
  const builtIn: ApiResource = {
    id: BUILT_IN,
    name: 'Postern management API',
    indicator: managementUrl,
    createdAt: 0,
    scopes: [{ name: 'all', description: 'Everything that the admin token may do in this tenant' }],
    tokenFormat: 'jwt',
    typ: 'at+jwt',
    isDefault: false,
    restricted: true,
    introspectors: [],
  };
  return { ...registry, resources: [builtIn, ...registry.resources.filter(({ id }) => id !== BUILT_IN)] };
}

export function addResource(registry: Registry, resource: ApiResource, limits: Limits): Registry {
  const { name, indicator } = resource;
  const declared = registry.resources.filter(({ id }) => id !== BUILT_IN);
  refuseBeyond(limits.resources, declared.length + 1, 'resources beside the built-in one');
  refuseBeyond(MAX_RETIRED, registry.retired.length + 1, 'identifiers that were deleted');
  if (registry.resources.some((one) => one.indicator === indicator)) {
    throw new Refusal('taken', `Another resource has the identifier "${indicator}".`);
  }
  if (registry.retired.includes(sha256(indicator))) {
    throw new Refusal('taken', `"${indicator}" was a resource that was deleted; it is never given again.`);
  }
  if (registry.resources.some((one) => one.name === name)) {
    throw new Refusal('taken', `Another resource has the name "${name}".`);
  }
  checkIntrospectors(registry, resource.introspectors);
  return { ...registry, resources: [...undefaulted(registry, resource), resource] };
}

export type ResourceChanges = Partial<
  Pick<ApiResource, 'tokenFormat' | 'typ' | 'isDefault' | 'restricted' | 'introspectors'>
> & { readonly accessTokenTtl?: number | null; readonly signingAlg?: SigningAlg | null };

/**
 * Name and identifier never change: they stand in tokens, grants and other people's settings. What is not named stays as
 * it was; a lifetime or an algorithm of null is none of its own any more (RFC 7396).
 */
export function changeResource(registry: Registry, id: string, changes: ResourceChanges): Registry {
  const resource = changeable(registry, id);
  const next = merge(resource, changes);
  checkIntrospectors(registry, next.introspectors);
  const resources = undefaulted(registry, next);
  return {
    ...registry,
    resources: resources.map((one) => (one.id === id ? next : one)),
  };
}

function merge({ accessTokenTtl: ttl, signingAlg: alg, ...resource }: ApiResource, changes: ResourceChanges) {
  const { accessTokenTtl = ttl ?? null, signingAlg = alg ?? null, ...others } = changes;
  return {
    ...resource,
    ...others,
    ...(accessTokenTtl !== null && { accessTokenTtl }),
    ...(signingAlg !== null && { signingAlg }),
  };
}

/** Its tokens die with it, grants and roles lose it, and its identifier is never given again. */
export function removeResource(registry: Registry, id: string): Registry {
  const resource = changeable(registry, id);
  const left = withdrawResource(registry, resource.indicator);
  return {
    ...left,
    resources: without(left.resources, resource),
    retired: [...left.retired, sha256(resource.indicator)],
  };
}

export function addScope(registry: Registry, id: string, scope: Scope, limits: Limits): Registry {
  const resource = changeable(registry, id);
  if (resource.scopes.some(({ name }) => name === scope.name)) {
    throw new Refusal('taken', `The resource has a scope "${scope.name}" already.`);
  }
  const scopes = [...resource.scopes, scope];
  refuseBeyond(limits.scopes, scopes.length, 'scopes of one resource');
  return { ...registry, resources: replaced(registry.resources, resource, { ...resource, scopes }) };
}

/** Live tokens lose it with their next decision. */
export function removeScope(registry: Registry, id: string, name: string): Registry {
  const resource = changeable(registry, id);
  const scopes = resource.scopes.filter((scope) => scope.name !== name);
  if (scopes.length === resource.scopes.length) throw notFound('scope');
  const left = { ...registry, resources: replaced(registry.resources, resource, { ...resource, scopes }) };
  return withdrawScopes(
    left,
    resource.indicator,
    scopes.map((scope) => scope.name),
  );
}

function changeable(registry: Registry, id: string): ApiResource {
  const resource = resourceOf(registry, id);
  if (id === BUILT_IN)
    throw new Refusal('fixed', 'The built-in resource can be neither changed nor deleted.');
  return resource;
}

/** At most one resource is the default. */
function undefaulted({ resources }: Registry, { isDefault }: ApiResource): readonly ApiResource[] {
  return isDefault ? resources.map((one) => ({ ...one, isDefault: false })) : resources;
}

function checkIntrospectors(registry: Registry, clientIds: readonly string[]): void {
  const unknown = clientIds.find((clientId) => findApplication(registry, clientId) === undefined);
  if (unknown !== undefined)
    throw new Refusal('invalid', `There is no application with the client id "${unknown}".`);
}
