import { describe, expect, it } from 'vitest';
import {
  addApplication,
  addSecret,
  changeApplication,
  removeApplication,
  removeSecret,
  rotateSecrets,
  setGrants,
  setOwnScopes,
  setRoles,
  works,
} from '../../src/registry/applications.ts';
import { MAX_TOKEN_SECONDS } from '../../src/registry/limits.ts';
import type { Application, ClientSecret, Registry } from '../../src/registry/registry.ts';
import { applicationNamed, LIMITS, NOTHING_DECLARED, resourceNamed, roleNamed } from '../support/declared.ts';

const NOW = 1_700_000_000.25;

const secretNamed = (name: string, changes: Partial<ClientSecret> = {}): ClientSecret => ({
  id: `id of ${name}`,
  name,
  digest: 'digest',
  createdAt: 1_700_000_000,
  ...changes,
});
const declared = (...applications: readonly Application[]): Registry => ({
  ...NOTHING_DECLARED,
  applications,
});
const secretsOf = ({ applications: [first] }: Registry) => first?.secrets ?? [];
const refusal = (kind: string) => expect.objectContaining({ name: 'Refusal', kind });

describe('an application that there is not', () => {
  it.each<[string, (registry: Registry) => Registry]>([
    ['is not changed', (registry) => changeApplication(registry, 'a', { name: 'b' })],
    ['is not removed', (registry) => removeApplication(registry, 'a')],
    ['offers nothing', (registry) => setOwnScopes(registry, 'a', [], LIMITS)],
    ['is granted nothing', (registry) => setGrants(registry, 'a', [])],
    ['has no role', (registry) => setRoles(registry, 'a', [])],
    ['has no secret more', (registry) => addSecret(registry, 'a', secretNamed('x'), NOW)],
    ['has no secret less', (registry) => removeSecret(registry, 'a', 'x', NOW)],
    [
      'has none in the place of others',
      (registry) => rotateSecrets(registry, 'a', secretNamed('x'), { graceSeconds: 0, now: NOW }),
    ],
  ])('%s', (_, change) => {
    expect(() => change(declared(applicationNamed('b')))).toThrow(refusal('not_found'));
  });
});

describe('applications', () => {
  it('are as many as the limit says', () => {
    const full = ['a', 'b', 'c'].reduce(
      (registry, id) => addApplication(registry, applicationNamed(id), LIMITS),
      NOTHING_DECLARED,
    );
    expect(() => addApplication(full, applicationNamed('d'), LIMITS)).toThrow(
      'There can be 3 applications at most.',
    );
  });

  it('that are removed leave no grant of what they offered, and no place among introspectors', () => {
    const registry: Registry = {
      ...declared(
        applicationNamed('a', { scopes: ['x'] }),
        applicationNamed('b', { grants: [{ resource: 'a', scopes: ['x'] }] }),
      ),
      resources: [...NOTHING_DECLARED.resources, resourceNamed('r', { introspectors: ['a', 'b', 'a'] })],
      roles: [roleNamed('o', { access: [{ resource: 'a', scopes: [] }] })],
    };
    const left = removeApplication(registry, 'a');
    expect(left.applications).toEqual([applicationNamed('b')]);
    expect(left.resources.at(-1)?.introspectors).toEqual(['b']);
    expect(left.roles).toEqual([roleNamed('o')]);
    expect(left.retired).toEqual([]);
  });

  it('that offer less take it from all, and from nobody what another offers under the same name', () => {
    const grants = [
      { resource: 'a', scopes: ['x', 'y'] },
      { resource: 'b', scopes: ['x'] },
    ];
    const registry = declared(
      applicationNamed('a', { scopes: ['x', 'y'] }),
      applicationNamed('b', { scopes: ['x'] }),
      applicationNamed('c', { grants }),
    );
    const left = setOwnScopes(registry, 'a', ['y', 'z'], LIMITS);
    expect(left.applications.at(-1)?.grants).toEqual([
      { resource: 'a', scopes: ['y'] },
      { resource: 'b', scopes: ['x'] },
    ]);
  });
});

describe('secrets', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map((name) => secretNamed(name));

  it('are five that work', () => {
    const full = declared(applicationNamed('a', { secrets: five }));
    expect(() => addSecret(full, 'a', secretNamed('f'), NOW)).toThrow(refusal('limit'));
    const expiring = five.map((one, index) => (index === 0 ? { ...one, expiresAt: NOW } : one));
    const some = addSecret(
      declared(applicationNamed('a', { secrets: expiring })),
      'a',
      secretNamed('f'),
      NOW,
    );
    expect(secretsOf(some)).toHaveLength(6);
  });

  it('work until the very second at which they expire', () => {
    const secret = secretNamed('a', { expiresAt: 100 });
    expect([99.9, 100, 100.1].map((now) => works(secret, now))).toEqual([true, false, false]);
    expect(works(secretNamed('a'), Number.MAX_SAFE_INTEGER)).toBe(true);
  });

  it('that have expired are kept as long as a token of theirs can live, and no longer', () => {
    const registry = declared(applicationNamed('a', { secrets: [secretNamed('old', { expiresAt: 1_000 })] }));
    const end = 1_000 + MAX_TOKEN_SECONDS;
    const names = (now: number) =>
      secretsOf(addSecret(registry, 'a', secretNamed('new'), now)).map(({ name }) => name);
    expect([names(end - 1), names(end)]).toEqual([['old', 'new'], ['new']]);
  });

  it('a name is taken while its secret works', () => {
    const registry = (expiresAt: number) =>
      declared(applicationNamed('a', { secrets: [secretNamed('x', { expiresAt })] }));
    expect(() => addSecret(registry(NOW + 1), 'a', secretNamed('x'), NOW)).toThrow(refusal('taken'));
    expect(secretsOf(addSecret(registry(NOW), 'a', secretNamed('x'), NOW))).toHaveLength(2);
  });

  it('of one name: the one that works is removed, and not the one that expired before it', () => {
    const secrets = [secretNamed('x', { id: 'old', expiresAt: NOW - 1 }), secretNamed('x', { id: 'new' })];
    const left = removeSecret(declared(applicationNamed('a', { secrets })), 'a', 'x', NOW);
    expect(secretsOf(left).map(({ id }) => id)).toEqual(['old']);
    // And then the other, whose tokens may live.
    const none = removeSecret(left, 'a', 'x', NOW);
    expect(secretsOf(none)).toEqual([]);
    expect(() => removeSecret(none, 'a', 'x', NOW)).toThrow(refusal('not_found'));
  });
});

describe('rotation', () => {
  const registry = declared(
    applicationNamed('a', {
      secrets: [secretNamed('long'), secretNamed('short', { expiresAt: 1_700_000_010 })],
    }),
  );

  it('ends all others after the grace, in whole seconds, and none later than before', () => {
    const after = rotateSecrets(registry, 'a', secretNamed('new'), { graceSeconds: 60, now: NOW });
    expect(secretsOf(after).map(({ name, expiresAt }) => [name, expiresAt])).toEqual([
      ['long', 1_700_000_061],
      ['short', 1_700_000_010],
      ['new', undefined],
    ]);
  });

  it('without a grace leaves nothing of them', () => {
    const after = rotateSecrets(registry, 'a', secretNamed('new'), { graceSeconds: 0, now: NOW });
    expect(secretsOf(after)).toEqual([secretNamed('new')]);
  });

  it('without a grace is possible where five work', () => {
    const secrets = ['a', 'b', 'c', 'd', 'e'].map((name) => secretNamed(name));
    const full = declared(applicationNamed('a', { secrets }));
    const rotate = (graceSeconds: number) =>
      rotateSecrets(full, 'a', secretNamed('new'), { graceSeconds, now: NOW });
    expect(secretsOf(rotate(0))).toHaveLength(1);
    expect(() => rotate(1)).toThrow(refusal('limit'));
  });
});
