import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/lib/digest.ts';
import type { Registry } from '../../src/registry/registry.ts';
import {
  addResource,
  addScope,
  BUILT_IN,
  changeResource,
  removeResource,
  removeScope,
  withBuiltIn,
} from '../../src/registry/resources.ts';
import { addRole, changeRole, removeRole } from '../../src/registry/roles.ts';
import {
  applicationNamed,
  LIMITS,
  MANAGEMENT_URL,
  NOTHING_DECLARED,
  resourceNamed,
  roleNamed,
} from '../support/declared.ts';

const scope = (name: string) => ({ name, description: '' });
const refusal = (kind: string) => expect.objectContaining({ name: 'Refusal', kind });
const declare = (...ids: readonly string[]) =>
  ids.reduce((registry, id) => addResource(registry, resourceNamed(id), LIMITS), NOTHING_DECLARED);

/** With a scope of `r` that is granted, and given by a role. */
function granted(): Registry {
  const access = [{ resource: 'urn:r', scopes: ['read', 'write'] }];
  const resource = resourceNamed('r', { scopes: [scope('read'), scope('write')] });
  return {
    ...NOTHING_DECLARED,
    applications: [applicationNamed('a', { grants: access, roles: ['o'] })],
    resources: [...NOTHING_DECLARED.resources, resource],
    roles: [roleNamed('o', { access })],
  };
}
const accessOf = ({ applications, roles }: Registry) => [applications[0]?.grants, roles[0]?.access];

describe('the built-in resource', () => {
  it('is as we make it, whatever was kept of it', () => {
    const kept = resourceNamed(BUILT_IN, { indicator: 'https://old.example.com', restricted: false });
    const registry = withBuiltIn(
      { ...NOTHING_DECLARED, resources: [resourceNamed('r'), kept] },
      MANAGEMENT_URL,
    );
    expect(registry.resources).toEqual([...NOTHING_DECLARED.resources, resourceNamed('r')]);
    expect(withBuiltIn(registry, MANAGEMENT_URL)).toEqual(registry);
  });

  it.each<[string, (registry: Registry) => Registry]>([
    ['changed', (registry) => changeResource(registry, BUILT_IN, {})],
    ['removed', (registry) => removeResource(registry, BUILT_IN)],
    ['given a scope', (registry) => addScope(registry, BUILT_IN, scope('x'), LIMITS)],
    ['deprived of one', (registry) => removeScope(registry, BUILT_IN, 'all')],
  ])('is never %s', (_, change) => {
    expect(() => change(NOTHING_DECLARED)).toThrow(refusal('fixed'));
  });
});

describe('API resources', () => {
  it('are as many as the limit says, and the sentence says that number', () => {
    const full = declare('a', 'b', 'c');
    const more = () => addResource(full, resourceNamed('d'), LIMITS);
    expect(more).toThrow('There can be 3 resources beside the built-in one at most.');
    expect(() => addResource(removeResource(full, 'a'), resourceNamed('d'), LIMITS)).not.toThrow();
  });

  it.each([
    ['identifier', resourceNamed('b', { indicator: 'urn:a' })],
    ['name', resourceNamed('b', { name: 'a' })],
    ['identifier, that of the built-in one', resourceNamed('b', { indicator: MANAGEMENT_URL })],
  ])('share no %s', (_, other) => {
    expect(() => addResource(declare('a'), other, LIMITS)).toThrow(refusal('taken'));
  });

  it('that are removed are remembered by a digest, and never come back', () => {
    const left = removeResource(declare('a'), 'a');
    expect(left.retired).toEqual([sha256('urn:a')]);
    const again = () => addResource(left, resourceNamed('b', { indicator: 'urn:a' }), LIMITS);
    expect(again).toThrow(refusal('taken'));
  });

  it('can always be removed, and are added only while there is room to remember them', () => {
    const retired = Array.from({ length: 10_000 }, String);
    expect(() => removeResource({ ...declare('a'), retired }, 'a')).not.toThrow();
    const add = (before: string[]) =>
      addResource({ ...declare('a'), retired: before }, resourceNamed('b'), LIMITS);
    expect(() => add(retired)).toThrow(refusal('limit'));
    expect(() => add(retired.slice(1))).not.toThrow();
  });

  it('take what was given of them with them', () => {
    expect(accessOf(removeResource(granted(), 'r'))).toEqual([[], []]);
  });

  it('are at most once the default, and a refused change leaves it where it is', () => {
    const registry = changeResource(changeResource(declare('a', 'b'), 'a', { isDefault: true }), 'b', {
      isDefault: true,
    });
    expect(registry.resources.map(({ id, isDefault }) => [id, isDefault])).toEqual([
      [BUILT_IN, false],
      ['a', false],
      ['b', true],
    ]);
    const same = changeResource(registry, 'a', { restricted: true });
    expect(same.resources.at(-1)?.isDefault).toBe(true);
  });
});

describe('scopes', () => {
  it('that are removed are taken from grants and roles, and the rest is left', () => {
    const left = [{ resource: 'urn:r', scopes: ['write'] }];
    expect(accessOf(removeScope(granted(), 'r', 'read'))).toEqual([left, left]);
  });

  it('are taken once, and as many as the limit says', () => {
    const full = ['a', 'b', 'c'].reduce(
      (registry, name) => addScope(registry, 'r', scope(name), LIMITS),
      declare('r'),
    );
    expect(() => addScope(full, 'r', scope('a'), LIMITS)).toThrow(refusal('taken'));
    expect(() => addScope(full, 'r', scope('d'), LIMITS)).toThrow(refusal('limit'));
    expect(() => removeScope(full, 'r', 'd')).toThrow(refusal('not_found'));
  });
});

describe('roles', () => {
  it('are taken from applications where they are removed', () => {
    const left = removeRole(granted(), 'o');
    expect([left.roles, left.applications[0]?.roles]).toEqual([[], []]);
  });

  it('share no name, and one may keep its own', () => {
    const registry = addRole(granted(), roleNamed('p'), LIMITS);
    expect(() => addRole(registry, roleNamed('q', { name: 'p' }), LIMITS)).toThrow(refusal('taken'));
    expect(() => changeRole(registry, roleNamed('o', { name: 'p' }))).toThrow(refusal('taken'));
    expect(changeRole(registry, roleNamed('o', { description: 'x' })).roles.map(({ id }) => id)).toEqual([
      'o',
      'p',
    ]);
  });

  it('are as many as the limit says', () => {
    const full = ['p', 'q'].reduce((registry, id) => addRole(registry, roleNamed(id), LIMITS), granted());
    expect(() => addRole(full, roleNamed('r'), LIMITS)).toThrow(refusal('limit'));
  });

  it.each([
    ['a resource that there is not', [{ resource: 'urn:none', scopes: [] }]],
    ['a scope that there is not', [{ resource: 'urn:r', scopes: ['read', 'delete'] }]],
    [
      'a resource twice',
      [
        { resource: 'urn:r', scopes: [] },
        { resource: 'urn:r', scopes: [] },
      ],
    ],
  ])('give nothing of %s', (_, access) => {
    expect(() => addRole(granted(), roleNamed('p', { access }), LIMITS)).toThrow(refusal('invalid'));
    expect(() => changeRole(granted(), roleNamed('o', { access }))).toThrow(refusal('invalid'));
  });
});
