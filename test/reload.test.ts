import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type Settings, settingsSchema } from '../src/config/schema.ts';
import { createReload } from '../src/reload.ts';

type Input = z.input<typeof settingsSchema>;

/** What is read again is what was written last; what was applied stands in order. */
function setUp(start: Input) {
  let written: Input | Error = start;
  const applied: Settings[] = [];
  const reports: unknown[] = [];
  let apply = (settings: Settings) => void applied.push(settings);
  const reload = createReload({
    settings: settingsSchema.parse(start),
    load: () => {
      if (written instanceof Error) throw written;
      return { ok: true, settings: settingsSchema.parse(written), source: 'defaults', files: [] };
    },
    apply: (settings) => apply(settings),
    report: (error) => void reports.push(error),
  });
  return {
    applied,
    reports,
    reload: (next: Input | Error) => {
      written = next;
      return reload();
    },
    fail: (error: Error | undefined) => {
      apply = (settings) => {
        if (error !== undefined) throw error;
        applied.push(settings);
      };
    },
  };
}

const REDIS = { storeUrl: 'redis://:one@redis:6379', adminToken: 'one'.repeat(20) };
const OTHER_REDIS = { storeUrl: 'redis://:two@redis:6379', adminToken: 'two'.repeat(20) };
const SECRET = { gatewaySecret: 'one'.repeat(20) };

describe('settings that are read again', () => {
  it.each<[name: string, before: Input, after: Input]>([
    ['policies', {}, { policies: { default: { roles: ['staff'] } } }],
    ['policies', {}, { policies: { default: {}, another: {} } }],
    ['login', {}, { login: { hosts: ['app.example.com'] } }],
    ['cors', {}, { cors: { origins: ['https://app.example.com'] } }],
    ['gatewaySecret', {}, SECRET],
    ['gatewaySecret', SECRET, {}],
    ['gatewaySecret', SECRET, { gatewaySecret: 'two'.repeat(20) }],
    ['trustedProxies', {}, { trustedProxies: ['127.0.0.0/8'] }],
    ['identityHeaders', {}, { identityHeaders: 'remote' }],
    ['trustAnybody', {}, { trustAnybody: true }],
    ['log', {}, { log: { level: 'warn' } }],
  ])('take %s over', (name, before, after) => {
    const { reload, applied } = setUp(before);
    expect(reload(after)).toEqual({ result: 'applied', changed: [name], needsStart: [], problems: [] });
    expect(applied).toEqual([settingsSchema.parse(after)]);
    expect(reload(after).result).toBe('unchanged');
    expect(applied).toHaveLength(1);
  });

  it('leave what needs a start as it was, and name it until the start', () => {
    const { reload, applied } = setUp(REDIS);
    const needsStart = ['adminToken', 'storeUrl'];
    expect(reload(OTHER_REDIS)).toMatchObject({ result: 'unchanged', needsStart });
    const again = reload({ ...OTHER_REDIS, cors: { origins: ['https://app.example.com'] } });
    expect(again).toMatchObject({ result: 'applied', changed: ['cors'], needsStart });
    expect(applied.map(({ storeUrl }) => Object(storeUrl).place.login.password.reveal())).toEqual(['one']);
    expect(reload({ ...REDIS, cors: { origins: ['https://app.example.com'] } }).needsStart).toEqual([]);
  });

  it('are the same in whatever order they stand, but for lists', () => {
    const one = { path: '/one' };
    const two = { path: '/two' };
    const { reload } = setUp({ policies: { a: {}, b: { rules: [one, two] } } });
    expect(reload({ policies: { b: { rules: [one, two] }, a: {} } }).result).toBe('unchanged');
    expect(reload({ policies: { a: {}, b: { rules: [two, one] } } }).result).toBe('applied');
  });

  it('change nothing and throw nothing where they cannot be applied, and are tried again', () => {
    const { reload, reports, applied, fail } = setUp({});
    const error = new Error('a fault');
    fail(error);
    expect(reload(SECRET)).toMatchObject({ result: 'refused', changed: [], problems: [expect.any(String)] });
    fail(undefined);
    expect(reload(error).result).toBe('refused');
    expect(reports).toEqual([error, error]);
    expect(reload(SECRET)).toMatchObject({ result: 'applied', changed: ['gatewaySecret'] });
    expect(applied).toHaveLength(1);
  });
});
