import { describe, expect, it } from 'vitest';
import { isPublic, readTarget } from '../../src/doctor/readings.ts';
import { siteOf } from '../support/doctor.ts';

const site = siteOf({ port: 80, publicPath: '/public/', protectedPath: '/admin' });
const leaves = (paths: readonly string[]) => paths.some((path) => !isPublic(path, site));

describe('the readings of a target', () => {
  it.each([
    '/public/',
    '/public',
    '/public/x',
    '/public/x?/../admin',
    '/public/%61dmin',
    '/public/./x/../y',
    '/public//x',
    '/public/x..y/...',
    'http://host/public/x',
  ])('%s stays at the public path, however it is read', (target) => {
    const { usual, lax } = readTarget(target);
    expect(leaves([...usual, ...lax])).toBe(false);
  });

  it.each([
    ['PATH-01', '/public/../admin'],
    ['PATH-02', '/public/%2e%2e/admin'],
    ['PATH-02', '/public/.%2E/admin'],
    ['PATH-03', '/public/..%2fadmin'],
    ['PATH-04', '/public/%2e%2e%2fadmin'],
    ['PATH-05', '/public//../admin'],
    ['PATH-06', '//evil.example/public/x'],
    ['PATH-07', '/public/..\\admin'],
    ['PATH-13', '/admin?/public/'],
    ['PATH-14', '/public/..#/x'],
    ['PATH-18', '/public./x'],
    ['PATH-19', '/PUBLIC/x'],
    ['PATH-21', 'http://host/public/../admin'],
    ['PATH-23', '/publicity'],
  ])('%s: %s leaves it for some usual application', (_, target) => {
    expect(leaves(readTarget(target).usual)).toBe(true);
  });

  it.each([
    ['PATH-07', '/public/..%5cadmin'],
    ['PATH-09', '/public/%252e%252e/admin'],
    ['PATH-16', '/public/..;/admin'],
    ['PATH-16', '/public/..%3ba=b/admin'],
  ])('%s: %s leaves it for a lax application alone', (_, target) => {
    const { usual, lax } = readTarget(target);
    expect([leaves(usual), leaves(lax)]).toEqual([false, true]);
  });
});

describe('a public path', () => {
  it('reaches as far as its name, and not into the protected one below it', () => {
    const open = siteOf({ port: 80, publicPath: '/', protectedPath: '/admin' });
    expect(['/', '/x', '/administrator'].map((path) => isPublic(path, open))).toEqual([true, true, true]);
    expect(['/admin', '/admin/', '/admin/x'].map((path) => isPublic(path, open))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('can lie below the protected one', () => {
    const open = siteOf({ port: 80, publicPath: '/admin/help/', protectedPath: '/admin' });
    expect(['/admin/help/x', '/admin/x'].map((path) => isPublic(path, open))).toEqual([true, false]);
  });
});
