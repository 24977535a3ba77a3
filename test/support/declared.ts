import { sha256 } from '../../src/lib/digest.ts';
import { works } from '../../src/registry/applications.ts';
import { type Limits, MAX_SECRETS } from '../../src/registry/limits.ts';
import { findResource } from '../../src/registry/lookup.ts';
import type { ApiResource, Application, Registry, Role } from '../../src/registry/registry.ts';
import { BUILT_IN, withBuiltIn } from '../../src/registry/resources.ts';
import { EMPTY_REGISTRY } from './registries.ts';

export const MANAGEMENT_URL = 'https://auth.example.com/management/v4/default';

export const LIMITS: Limits = { applications: 3, resources: 3, scopes: 3, roles: 3 };

/** What a tenant begins with. */
export const NOTHING_DECLARED = withBuiltIn(EMPTY_REGISTRY, MANAGEMENT_URL);

export function applicationNamed(clientId: string, changes: Partial<Application> = {}): Application {
  return {
    clientId,
    name: clientId,
    type: 'regularwebapp',
    enabled: true,
    createdAt: 1_700_000_000,
    grantTypes: ['client_credentials'],
    claims: {},
    jwks: [],
    secrets: [],
    scopes: [],
    grants: [],
    roles: [],
    ...changes,
  };
}

export function resourceNamed(id: string, changes: Partial<ApiResource> = {}): ApiResource {
  return {
    id,
    name: id,
    indicator: `urn:${id}`,
    createdAt: 1_700_000_000,
    scopes: [],
    tokenFormat: 'jwt',
    typ: 'at+jwt',
    isDefault: false,
    restricted: false,
    introspectors: [],
    ...changes,
  };
}

export function roleNamed(id: string, changes: Partial<Role> = {}): Role {
  return { id, name: id, description: '', access: [], ...changes };
}

const SCOPES = ['read', 'write'].map((name) => ({ name, description: '' }));

/** One in which everything refers to something else, by the names that the operations of the model use. */
export const POPULATED: Registry = {
  ...NOTHING_DECLARED,
  applications: [
    applicationNamed('a1', {
      scopes: ['read', 'write'],
      grants: [
        { resource: 'urn:r1', scopes: ['read'] },
        { resource: 'a2', scopes: ['read'] },
      ],
      roles: ['o1', 'o2'],
      secrets: ['s1', 's2', 's3', 's4', 's5'].map((name) => ({ id: name, name, digest: name, createdAt: 0 })),
    }),
    applicationNamed('a2', {
      scopes: ['read'],
      grants: [{ resource: 'a1', scopes: ['write'] }],
      roles: ['o1'],
    }),
  ],
  resources: [
    ...NOTHING_DECLARED.resources,
    resourceNamed('r1', { scopes: SCOPES, isDefault: true, introspectors: ['a1', 'a2'] }),
  ],
  roles: [
    roleNamed('o1', {
      access: [
        { resource: 'urn:r1', scopes: ['read', 'write'] },
        { resource: 'a1', scopes: ['read'] },
      ],
    }),
    roleNamed('o2'),
  ],
};

/** Whatever must never be so of a registry, in words; empty where all is well. */
export function faultsOf(registry: Registry, limits: Limits, now: number): readonly string[] {
  const { applications, resources, roles } = registry;
  const count = (what: string, found: number, most: number) => (found > most ? [`${found} ${what}`] : []);
  return [
    ...repeated(
      'an identifier',
      resources.map(({ indicator }) => indicator),
    ),
    ...repeated(
      'the name of a resource',
      resources.map(({ name }) => name),
    ),
    ...repeated(
      'the name of a role',
      roles.map(({ name }) => name),
    ),
    ...count('applications', applications.length, limits.applications),
    ...count('resources', resources.length - 1, limits.resources),
    ...count('roles', roles.length, limits.roles),
    ...count('defaults', resources.filter(({ isDefault }) => isDefault).length, 1),
    ...(resources[0]?.id === BUILT_IN ? [] : ['there is no built-in resource']),
    ...resources.flatMap((resource) => [
      ...count('scopes of a resource', resource.scopes.length, limits.scopes),
      ...repeated(
        'a scope',
        resource.scopes.map(({ name }) => name),
      ),
      ...unknown(
        'an introspector',
        resource.introspectors,
        applications.map(({ clientId }) => clientId),
      ),
      ...(registry.retired.includes(sha256(resource.indicator)) ? [`${resource.indicator} came back`] : []),
    ]),
    ...applications.flatMap((application) => faultsOfApplication(registry, application, limits, now)),
    ...roles.flatMap((role) => faultsOfAccess(registry, role.access)),
  ];
}

function faultsOfApplication(registry: Registry, application: Application, limits: Limits, now: number) {
  const working = application.secrets.filter((secret) => works(secret, now)).map(({ name }) => name);
  return [
    ...repeated('the name of a secret', working),
    ...(working.length > MAX_SECRETS ? [`${working.length} secrets`] : []),
    ...(application.scopes.length > limits.scopes ? [`${application.scopes.length} scopes of its own`] : []),
    ...repeated('a role of an application', application.roles),
    ...unknown(
      'a role',
      application.roles,
      registry.roles.map(({ id }) => id),
    ),
    ...faultsOfAccess(registry, application.grants),
  ];
}

function faultsOfAccess(registry: Registry, access: Role['access']): readonly string[] {
  return [
    ...repeated(
      'a resource of an access',
      access.map(({ resource }) => resource),
    ),
    ...access.flatMap(({ resource, scopes }) => {
      const declared = findResource(registry, resource);
      if (declared === undefined) return [`${resource} is given and not declared`];
      return unknown(
        `a scope of ${resource}`,
        scopes,
        declared.scopes.map(({ name }) => name),
      );
    }),
  ];
}

function repeated(what: string, values: readonly string[]): readonly string[] {
  return new Set(values).size === values.length ? [] : [`${what} twice: ${values.join(' ')}`];
}

function unknown(what: string, values: readonly string[], known: readonly string[]): readonly string[] {
  return values
    .filter((value) => !known.includes(value))
    .map((value) => `${what} that is not declared: ${value}`);
}
