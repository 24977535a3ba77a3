import { describe, expect, it } from 'vitest';
import { addApplication, changeApplication, removeApplication } from '../../src/registry/applications.ts';
import { refuseGrowth } from '../../src/registry/limits.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { applicationNamed, NOTHING_DECLARED } from '../support/declared.ts';

const LARGE = Array.from({ length: 200 }, (_, index) =>
  applicationNamed(`a${index}`, { claims: { text: 'x'.repeat(6_000) } }),
);

describe('a registry that is full', () => {
  const full: Registry = { ...NOTHING_DECLARED, applications: LARGE };

  it('takes nothing more', () => {
    const limits = { applications: 1_000, resources: 1, scopes: 1, roles: 1 };
    const more = addApplication(full, applicationNamed('one-more'), limits);
    expect(() => refuseGrowth(full, more)).toThrow('1 MiB');
    expect(() => refuseGrowth(NOTHING_DECLARED, full)).toThrow('1 MiB');
  });

  it('lets what is in it be disabled and deleted', () => {
    expect(() => refuseGrowth(full, changeApplication(full, 'a1', { enabled: false }))).not.toThrow();
    expect(() => refuseGrowth(full, removeApplication(full, 'a1'))).not.toThrow();
  });

  it('is not full before', () => {
    const applications = LARGE.slice(0, 150);
    expect(() => refuseGrowth(NOTHING_DECLARED, { ...NOTHING_DECLARED, applications })).not.toThrow();
  });
});
