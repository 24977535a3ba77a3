import { z } from 'zod';
import { parseRedisUrl, type RedisPlace } from '../lib/redis-place.ts';
import { Secret } from '../lib/secret.ts';

export type StoreUrl =
  | { readonly engine: 'sqlite'; readonly path: string }
  | { readonly engine: 'redis'; readonly place: RedisPlace };

const MUST_BE =
  'must be sqlite:<path>, redis://…, redis+sentinel://… or redis+cluster://…, or rediss in the place of redis';

export const storeUrl = z.string().transform((text, context): StoreUrl => {
  if (/^sqlite:.+/s.test(text)) return { engine: 'sqlite', path: text.slice('sqlite:'.length) };
  const place = parseRedisUrl(text) ?? { fault: MUST_BE };
  if (!('fault' in place)) return { engine: 'redis', place };
  context.addIssue({ code: 'custom', message: place.fault });
  return z.NEVER;
});

const file = z.string().min(1).optional();

export const storeTls = z
  .strictObject({
    ca: file.describe(
      'A PEM file of the authorities that may vouch for the servers of `rediss…://`, in the place of those that Node knows. This file and the next two are read again for each connection',
    ),
    cert: file.describe('A PEM file with a certificate of our own, for servers that ask for one'),
    key: file.describe('A PEM file with its key'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: 'cert and key belong together: set both, or none',
  });

export const storeSentinel = z
  .strictObject({
    username: z.string().min(1).optional().describe('Who we are to the sentinels, where they ask'),
    password: z
      .string()
      .min(1)
      .transform((text) => new Secret(text))
      .optional()
      .meta({ secret: true, description: '`storeUrl` has the one for the master' }),
  })
  .refine(({ username, password }) => username === undefined || password !== undefined, {
    path: ['password'],
    error: 'must be set where there is a username',
  });

/** A setting that is only for some stores, and would do nothing here: somebody believes that it does. */
export type Idle = { readonly setting: string; readonly why: string };

type StoreSettings = {
  readonly storeUrl: StoreUrl;
  readonly storeTls: z.output<typeof storeTls>;
  readonly storeSentinel: z.output<typeof storeSentinel>;
};

export function idleStoreSettings({ storeUrl, storeTls, storeSentinel }: StoreSettings): readonly Idle[] {
  const place = storeUrl.engine === 'redis' ? storeUrl.place : undefined;
  return [
    ...(isSet(storeTls) && place?.tls !== true
      ? [{ setting: 'storeTls', why: 'is for a storeUrl with rediss, rediss+sentinel or rediss+cluster' }]
      : []),
    ...(isSet(storeSentinel) && place?.kind !== 'sentinel'
      ? [{ setting: 'storeSentinel', why: 'is for a storeUrl with redis+sentinel or rediss+sentinel' }]
      : []),
  ];
}

const isSet = (group: object): boolean => Object.values(group).some((value) => value !== undefined);
