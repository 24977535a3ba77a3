import { z } from 'zod';
import { parseAddress } from '../lib/listen.ts';
import { Secret } from '../lib/secret.ts';
import { cookie } from './cookie.ts';
import { identityHeaders } from './identity-headers.ts';
import { issuers } from './issuers.ts';
import { cors, login } from './login.ts';
import { network } from './network.ts';
import { parsed } from './parsed.ts';
import { policies } from './policies.ts';
import { idleStoreSettings, storeSentinel, storeTls, storeUrl } from './store.ts';
import { tenants } from './tenants.ts';

const address = parsed(parseAddress, 'host:port, [ipv6]:port or unix:/path');

const listen = z.strictObject({
  decision: address.prefault('127.0.0.1:4180').describe('Where proxies ask for decisions'),
  public: address.prefault('127.0.0.1:4181').describe('The issuer: tokens, keys, metadata'),
  admin: address.prefault('127.0.0.1:4182').describe('The management API, health and metrics'),
});

function parseSharedSecret(text: string): Secret | undefined {
  return /^[A-Za-z0-9._~+/=-]{32,512}$/.test(text) ? new Secret(text) : undefined;
}

/** Everything secret at rest is derived from it. */
function parseSecretKey(text: string): Secret | undefined {
  return /^[A-Za-z0-9_-]{43}$/.test(text) && Buffer.from(text, 'base64url').length === 32
    ? new Secret(text)
    : undefined;
}

/** Without a slash at its end, since paths are put behind it. */
function parsePublicUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, origin, pathname, search, hash } = new URL(text);
  const isPlain = ['http:', 'https:'].includes(protocol) && username + password + search + hash === '';
  return isPlain ? origin + pathname.replace(/\/+$/, '') : undefined;
}

const limit = (most: number) => z.int().positive().max(1_000).prefault(most);

/** They bound what each replica holds in memory. */
const limits = z.strictObject({
  applications: limit(200),
  resources: limit(200),
  scopes: limit(50).describe('Of one resource'),
  roles: limit(50),
});

const seconds = z
  .int()
  .nonnegative()
  .max(100 * 365 * 86_400);

const session = z.strictObject({
  cookie: cookie.prefault({}),
  ttlSeconds: seconds.positive().prefault(43_200).describe('The absolute life of a session'),
  idleSeconds: seconds
    .refine((idle) => idle !== 1, 'must be 0 or at least 2')
    .prefault(3_600)
    .describe('How long a session may go unused; 0 is for ever'),
});

/** What each process holds of a shared store. */
const cache = z.strictObject({
  maxEntries: z
    .int()
    .nonnegative()
    .max(10_000_000)
    .prefault(100_000)
    .describe('Rows of the session table; 0 switches it off, and every decision reads the store'),
  maxBytes: z
    .int()
    .positive()
    .prefault(64 * 1024 * 1024)
    .describe('What they weigh in memory, estimated'),
  ttlSeconds: seconds.positive().prefault(60).describe('The longest that anything is held'),
});

const log = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .prefault('info')
    .describe('Decisions are `info`'),
});

/** Every setting there is. Unknown keys are refused. `secret` marks what can also come from a file of its own. */
export const settingsSchema = z
  .strictObject({
    publicUrl: parsed(parsePublicUrl, 'an http or https URL without query and fragment')
      .optional()
      .describe(
        'Where clients reach `listen.public`; absent: `http://` and that address. The issuer is built from it, and never from a request',
      ),
    listen: listen.prefault({}),
    secretKey: parsed(parseSecretKey, '32 bytes in base64url, 43 characters').optional().meta({
      secret: true,
      description:
        'What is secret at rest is derived from it: 32 bytes in base64url (43 characters), never to be changed. Absent: made once, in `./data/secret`',
    }),
    storeUrl: storeUrl.prefault('sqlite:./data/postern.db').meta({
      secret: true,
      description: 'The session table. SQLite is for one process; [Redis](redis.md#kinds-of-redis)',
    }),
    storeTls: storeTls.prefault({}),
    storeSentinel: storeSentinel.prefault({}),
    storePrefix: z
      .string()
      .regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'must be letters, digits and _ . : -, 64 at most')
      .prefault('postern')
      .describe('Before every key in Redis'),
    cache: cache.prefault({}),
    adminToken: parsed(parseSharedSecret, 'letters, digits and . _ ~ + / = -, at least 32 of them')
      .optional()
      .meta({ secret: true, description: 'Absent: made at the first start, in `./data/admin-token`' }),
    trustedProxies: z
      .array(network)
      .prefault(['127.0.0.0/8', '::1/128'])
      .describe(
        'Who may ask for decisions over TCP: addresses and CIDRs. A Unix socket is guarded by its file',
      ),
    trustAnybody: z
      .boolean()
      .prefault(false)
      .describe('Allows /0 in `trustedProxies`: whoever reaches the port may then try tokens on it'),
    gatewaySecret: parsed(parseSharedSecret, 'letters, digits and . _ ~ + / = -, at least 32 of them')
      .optional()
      .meta({
        secret: true,
        description:
          'Where it is set, every subrequest must carry it in `X-Postern-Gateway`: at least 32 letters, digits and `. _ ~ + / = -`',
      }),
    identityHeaders: identityHeaders
      .prefault('postern')
      .describe('What an allow says of who it is. A map is from names to fields, and set in the file alone'),
    login: login.prefault({}),
    cors: cors.prefault({}),
    session: session.prefault({}),
    keyRotationSeconds: seconds
      .min(3_600)
      .prefault(90 * 86_400)
      .describe('The age at which a signing key stops signing'),
    limits: limits.prefault({}),
    log: log.prefault({}),
    tenants: tenants.prefault({ default: {} }),
    policies: policies.prefault({ default: {} }),
    issuers: issuers.prefault([]).describe('Foreign issuers, whose JSON Web Tokens are taken'),
  })
  .refine(({ trustedProxies, trustAnybody }) => trustAnybody || !includesAnybody(trustedProxies), {
    path: ['trustedProxies'],
    error: 'a network of /0 lets anybody ask; name the proxies, or set trustAnybody to true',
    // Also while another setting is wrong: by default, a rule on the whole is silent then.
    when: () => true,
  })
  .refine(({ login, policies }) => !sendsToLogin(login, policies) || Object(login).hosts?.length > 0, {
    path: ['login', 'hosts'],
    error: 'must name the hosts that a browser may be sent back to',
    when: () => true,
  })
  .refine(({ publicUrl, listen }) => publicUrl !== undefined || !isSocket(Object(listen).public), {
    path: ['publicUrl'],
    error: 'must be set where listen.public is a Unix socket: nothing else says where clients reach it',
    when: () => true,
  })
  .superRefine((settings, context) => {
    for (const { setting, why } of idleStoreSettings(settings))
      context.addIssue({ code: 'custom', path: [setting], message: why });
  });

/** What it is given may be anything, where the setting itself was refused. */
function includesAnybody(networks: unknown): boolean {
  return Array.isArray(networks) && networks.some((network) => Object(network).prefix === 0);
}

function sendsToLogin(login: unknown, policies: unknown): boolean {
  const urls = [
    Object(login).url,
    ...Object.values(Object(policies)).map((policy) => Object(policy).loginUrl),
  ];
  return urls.some((url) => url !== undefined && url !== 'none');
}

function isSocket(address: unknown): boolean {
  return Object(address).path !== undefined;
}

export type Settings = z.output<typeof settingsSchema>;
