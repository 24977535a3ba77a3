import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effective, permittedScopes, roleNames } from '../../src/registry/permission.ts';
import type { Registry, Role } from '../../src/registry/registry.ts';
import { applicationNamed, resourceNamed } from '../support/declared.ts';
import { EMPTY_REGISTRY } from '../support/registries.ts';
import { sessionOf } from '../support/sessions.ts';

const SCOPES = ['a', 'b', 'c', 'd'];
const scopes = SCOPES.map((name) => ({ name, description: '' }));
const roleOf = (id: string, given: readonly string[]): Role => ({
  id,
  name: `role ${id}`,
  description: '',
  access: [{ resource: 'urn:api', scopes: given }],
});
const api = resourceNamed('api', { scopes });
const secrets = [{ id: 'secret', name: 'default', digest: 'd', createdAt: 0 }];
const jwks = [{ thumbprint: 'thumb', jwk: { kty: 'EC' } }];
const application = applicationNamed('client', {
  secrets,
  jwks,
  grants: [{ resource: 'urn:api', scopes: ['b'] }],
  roles: ['r1'],
});
const registry: Registry = {
  ...EMPTY_REGISTRY,
  applications: [application],
  resources: [api, resourceNamed('other', { scopes })],
  roles: [roleOf('r1', ['a']), roleOf('r2', ['d'])],
};
const session = sessionOf({
  subject: 'client',
  subjectType: 'client',
  clientId: 'client',
  credentialId: 'secret',
  audience: ['urn:api'],
  scope: ['b', 'a'],
  roles: ['role r1'],
});
const withApplication = (changes: Partial<typeof application>): Registry => ({
  ...registry,
  applications: [{ ...application, ...changes }],
});

describe('the scopes that an application has of a resource', () => {
  it('are what its grants and its roles give, in the order of their declaration', () => {
    expect(permittedScopes(registry, application, api)).toEqual(['a', 'b']);
    const all = applicationNamed('client', { roles: ['r2', 'r1'], grants: application.grants });
    expect(permittedScopes(registry, all, api)).toEqual(['a', 'b', 'd']);
  });

  it('are none of another resource, though they have the same names', () => {
    expect(permittedScopes(registry, application, resourceNamed('other', { scopes }))).toEqual([]);
  });

  it('are none that the resource does not declare any more', () => {
    const [, ...left] = scopes;
    expect(permittedScopes(registry, application, { ...api, scopes: left })).toEqual(['b']);
  });

  it('are nothing at all of a restricted one that gives it nothing, and may be an empty list', () => {
    const closed = { ...api, restricted: true };
    expect(permittedScopes(registry, applicationNamed('client'), closed)).toBeUndefined();
    expect(permittedScopes(registry, applicationNamed('client'), api)).toEqual([]);
    const granted = applicationNamed('client', { grants: [{ resource: 'urn:api', scopes: [] }] });
    expect(permittedScopes(registry, granted, closed)).toEqual([]);
    expect(permittedScopes(registry, applicationNamed('client', { roles: ['r2'] }), closed)).toEqual(['d']);
  });

  it('are always declared and given, and never fewer for one grant more', () => {
    const some = fc.subarray([...SCOPES, 'undeclared']);
    fc.assert(
      fc.property(
        some,
        some,
        fc.subarray(['r1', 'r2']),
        fc.subarray(SCOPES),
        (one, more, roles, declared) => {
          const resource = { ...api, scopes: scopes.filter(({ name }) => declared.includes(name)) };
          const permitted = (...grants: string[][]) =>
            permittedScopes(
              registry,
              applicationNamed('client', {
                roles,
                grants: grants.map((given) => ({ resource: 'urn:api', scopes: given })),
              }),
              resource,
            ) ?? [];
          const given = new Set([
            ...one,
            ...(roles.includes('r1') ? 'a' : ''),
            ...(roles.includes('r2') ? 'd' : ''),
          ]);
          expect(permitted(one)).toEqual(declared.filter((name) => given.has(name)));
          for (const scope of permitted(one)) expect(permitted(one, more)).toContain(scope);
        },
      ),
    );
  });

  it('come with the names of its roles', () => {
    expect(roleNames(registry, application)).toEqual(['role r1']);
    expect(roleNames(registry, applicationNamed('client'))).toEqual([]);
  });
});

describe('JWT-19 what is left of a token', () => {
  it('is all of it while nothing was taken away, and never more', () => {
    expect(effective(session, registry)).toEqual(session);
    const narrow = { ...session, scope: ['b'], roles: [] };
    expect(effective(narrow, registry)).toEqual(narrow);
  });

  it.each<[string, Registry]>([
    ['its application is gone', { ...registry, applications: [] }],
    ['its application is disabled', withApplication({ enabled: false })],
    ['its secret was taken away', withApplication({ secrets: [] })],
    ['its resource is gone', { ...registry, resources: [] }],
    [
      'its resource is closed to the application',
      {
        ...withApplication({ grants: [], roles: [] }),
        resources: [{ ...api, restricted: true }],
      },
    ],
  ])('is nothing where %s', (_, after) => {
    expect(effective(session, after)).toBeUndefined();
  });

  it('is nothing where its key was taken away, though a secret is left', () => {
    const byKey = { ...session, credentialId: 'thumb' };
    expect(effective(byKey, registry)).toEqual(byKey);
    expect(effective(byKey, withApplication({ jwks: [] }))).toBeUndefined();
  });

  it('is nothing where it names no credential or no application', () => {
    const { credentialId: _credential, ...unproven } = session;
    const { clientId: _client, ...anonymous } = session;
    expect(effective(unproven, registry)).toBeUndefined();
    expect(effective(anonymous, registry)).toBeUndefined();
  });

  it('is the same where its secret has merely expired', () => {
    const [secret] = secrets;
    const expired = withApplication({ secrets: secret === undefined ? [] : [{ ...secret, expiresAt: 1 }] });
    expect(effective(session, expired)).toEqual(session);
  });

  it.each<[string, Registry, string[], string[]]>([
    ['a grant', withApplication({ grants: [] }), ['a'], ['role r1']],
    ['a role', withApplication({ roles: [] }), ['b'], []],
    ['what a role gives', { ...registry, roles: [roleOf('r1', [])] }, ['b'], ['role r1']],
    ['a scope', { ...registry, resources: [{ ...api, scopes: scopes.slice(0, 1) }] }, ['a'], ['role r1']],
    ['all of them', withApplication({ grants: [], roles: [] }), [], []],
  ])('is less by %s that was taken away', (_, after, scope, roles) => {
    expect(effective(session, after)).toEqual({ ...session, scope, roles });
  });

  it("is also the scope that App ID's profile puts into every token", () => {
    const given = { ...session, scope: ['appid_default', 'b', 'gone'] };
    expect(effective(given, registry)?.scope).toEqual(['appid_default', 'b']);
  });
});
