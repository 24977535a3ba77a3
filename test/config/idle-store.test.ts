import { expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/schema.ts';

const wrongIn = (settings: object): readonly string[] =>
  settingsSchema.safeParse(settings).error?.issues.map(({ path }) => path.join('.')) ?? [];

const TLS = { ca: 'ca.pem' };
const SENTINEL = { password: 'hunter2' };

it.each<[what: string, settings: object, wrong: readonly string[]]>([
  [
    'both for a file',
    { storeUrl: 'sqlite:./a.db', storeTls: TLS, storeSentinel: SENTINEL },
    ['storeTls', 'storeSentinel'],
  ],
  ['none that is empty', { storeUrl: 'sqlite:./a.db', storeTls: {}, storeSentinel: {} }, []],
  [
    'none for sentinels over TLS',
    { storeUrl: 'rediss+sentinel://a/b', storeTls: TLS, storeSentinel: SENTINEL },
    [],
  ],
  ['none beside a URL that is refused itself', { storeUrl: 'nowhere', storeTls: TLS }, ['storeUrl']],
  ['none that is refused itself', { storeUrl: 'redis://a', storeTls: { ca: 7 } }, ['storeTls.ca']],
  ['none where another setting is refused', { log: { level: 'loud' }, storeTls: TLS }, ['log.level']],
])('of the settings that go with a store, idle is %s', (_, settings, wrong) => {
  expect(wrongIn(settings)).toEqual(wrong);
});
