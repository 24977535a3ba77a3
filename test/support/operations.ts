import fc from 'fast-check';
import * as applications from '../../src/registry/applications.ts';
import { findApplication } from '../../src/registry/lookup.ts';
import type { Access, Registry } from '../../src/registry/registry.ts';
import * as resources from '../../src/registry/resources.ts';
import * as roles from '../../src/registry/roles.ts';
import { applicationNamed, LIMITS, MANAGEMENT_URL, resourceNamed, roleNamed } from './declared.ts';

/** Any change that the management API can make; `text` says which, where a test fails. */
export type Operation = {
  readonly text: string;
  readonly make: (registry: Registry, now: number) => Registry;
};

const numbered = (letter: string) => fc.integer({ min: 1, max: 4 }).map((number) => `${letter}${number}`);
const client = numbered('a');
const resource = fc.oneof(
  { weight: 9, arbitrary: numbered('r') },
  { weight: 1, arbitrary: fc.constant(resources.BUILT_IN) },
);
const indicator = numbered('urn:r');
const role = numbered('o');
const secret = fc.integer({ min: 1, max: 7 }).map((number) => `s${number}`);
const scope = fc.constantFrom('read', 'write', 'delete', 'all');
const scopes = fc.uniqueArray(scope, { maxLength: 2 });
const access: fc.Arbitrary<readonly Access[]> = fc.array(
  fc.record({ resource: fc.oneof(indicator, client, fc.constant(MANAGEMENT_URL)), scopes }),
  { maxLength: 2 },
);

/** An id is drawn at random outside tests, so none is ever made twice. */
const unlessThere = (isThere: boolean, registry: Registry, make: () => Registry) =>
  isThere ? registry : make();

const ofApplications = [
  client.map((id) =>
    named(`register ${id}`, (registry) =>
      unlessThere(findApplication(registry, id) !== undefined, registry, () =>
        applications.addApplication(registry, applicationNamed(id), LIMITS),
      ),
    ),
  ),
  client.map((id) => named(`delete ${id}`, (registry) => applications.removeApplication(registry, id))),
  fc
    .tuple(client, scopes)
    .map(([id, own]) =>
      named(`${id} offers ${own}`, (registry) => applications.setOwnScopes(registry, id, own, LIMITS)),
    ),
  fc
    .tuple(client, access)
    .map(([id, grants]) =>
      named(`grant ${id} ${JSON.stringify(grants)}`, (registry) =>
        applications.setGrants(registry, id, grants),
      ),
    ),
  fc
    .tuple(client, fc.array(role))
    .map(([id, ids]) => named(`${id} has ${ids}`, (registry) => applications.setRoles(registry, id, ids))),
  fc.tuple(client, secret, fc.option(fc.integer({ min: 1, max: 5 }))).map(([id, name, life]) =>
    named(`secret ${name} of ${id} for ${life}`, (registry, now) => {
      const kept = {
        id: name,
        name,
        digest: name,
        createdAt: now,
        ...(life !== null && { expiresAt: now + life }),
      };
      return applications.addSecret(registry, id, kept, now);
    }),
  ),
  fc
    .tuple(client, secret)
    .map(([id, name]) =>
      named(`no secret ${name} of ${id}`, (registry, now) =>
        applications.removeSecret(registry, id, name, now),
      ),
    ),
  fc.tuple(client, secret, fc.integer({ min: 0, max: 3 })).map(([id, name, graceSeconds]) =>
    named(`rotate ${id} in ${graceSeconds}`, (registry, now) => {
      const kept = { id: name, name, digest: name, createdAt: now };
      return applications.rotateSecrets(registry, id, kept, { graceSeconds, now });
    }),
  ),
];

const ofResources = [
  fc
    .tuple(numbered('r'), indicator, fc.boolean(), fc.array(client, { maxLength: 2 }))
    .map(([id, uri, isDefault, introspectors]) =>
      named(`declare ${id} ${uri} ${isDefault}`, (registry) =>
        unlessThere(
          registry.resources.some((one) => one.id === id),
          registry,
          () =>
            resources.addResource(
              registry,
              resourceNamed(id, { indicator: uri, isDefault, introspectors }),
              LIMITS,
            ),
        ),
      ),
    ),
  fc
    .tuple(resource, fc.boolean(), fc.array(client, { maxLength: 2 }))
    .map(([id, isDefault, introspectors]) =>
      named(`change ${id} ${isDefault} ${introspectors}`, (registry) =>
        resources.changeResource(registry, id, { isDefault, introspectors }),
      ),
    ),
  resource.map((id) => named(`delete ${id}`, (registry) => resources.removeResource(registry, id))),
  fc
    .tuple(resource, scope)
    .map(([id, name]) =>
      named(`scope ${name} of ${id}`, (registry) =>
        resources.addScope(registry, id, { name, description: '' }, LIMITS),
      ),
    ),
  fc
    .tuple(resource, scope)
    .map(([id, name]) =>
      named(`no scope ${name} of ${id}`, (registry) => resources.removeScope(registry, id, name)),
    ),
];

const ofRoles = [
  fc.tuple(role, role, access).map(([id, name, given]) =>
    named(`make ${id} called ${name}`, (registry) =>
      unlessThere(
        registry.roles.some((one) => one.id === id),
        registry,
        () => roles.addRole(registry, roleNamed(id, { name, access: given }), LIMITS),
      ),
    ),
  ),
  fc
    .tuple(role, role, access)
    .map(([id, name, given]) =>
      named(`${id} is ${name} ${JSON.stringify(given)}`, (registry) =>
        roles.changeRole(registry, roleNamed(id, { name, access: given })),
      ),
    ),
  role.map((id) => named(`delete ${id}`, (registry) => roles.removeRole(registry, id))),
];

export const operation: fc.Arbitrary<Operation> = fc.oneof(...ofApplications, ...ofResources, ...ofRoles);

function named(text: string, make: Operation['make']): Operation {
  return { text, make };
}
