import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/schema.ts';
import { readCredential } from '../../src/decision/credential.ts';
import type { Outcome } from '../../src/decision/decide.ts';
import { resolve } from '../../src/decision/resolve.ts';
import type { Session } from '../../src/decision/session.ts';
import { mintToken } from '../../src/decision/token.ts';
import { composeGateSettings } from '../../src/gate-settings.ts';
import { askedOf } from '../../src/proxy/asked.ts';
import { createFindRoute } from '../../src/proxy/routes.ts';
import { DIALECT_NAMES, type DialectName, type Original, writtenOf } from '../support/original.ts';
import { sessionOf } from '../support/sessions.ts';

const settings = composeGateSettings(
  settingsSchema.parse({
    cors: { origins: ['https://app.example.com'] },
    policies: {
      shop: {
        rules: [
          { path: '/public/**', anonymous: true },
          { methods: ['OPTIONS'], path: '/free/**', anonymous: true },
          { path: '/inside/**', clientNetworks: ['192.0.2.0/24'], anonymous: true },
          { host: 'open.example.com', path: '/**', anonymous: true },
          { methods: ['DELETE'], path: '/**', roles: ['admin'] },
          { path: '/orders/**', scope: ['orders:read'] },
          { path: '/**' },
        ],
      },
    },
  }),
);
const findRoute = createFindRoute(settings.policies);

const { token, id } = mintToken('ada');
const session: Session = sessionOf({ id, expiresAt: 2_000, lastSeenAt: 1_000, idleSeconds: 0 });
const facts = {
  find: async (_: string, wanted: string) => (wanted === id ? session : undefined),
  findByJwt: async () => 'jwt_signature' as const,
};

/** The decision on a subrequest of a peer that is trusted, with whatever the client added before or after its lines. */
async function decide(
  dialect: DialectName,
  original: Original,
  headers: readonly string[],
): Promise<Outcome> {
  const { line, headers: written } = writtenOf(dialect, 'shop', original);
  const [method = '', target = ''] = line.split(' ');
  const found = findRoute(target);
  if (found === undefined) throw new Error(`no route for ${target}`);
  const rawHeaders = [...written, ...headers].flatMap((header) => {
    const colon = header.indexOf(':');
    return [header.slice(0, colon), header.slice(colon + 1).trim()];
  });
  const asked = askedOf(found.route, { method, rest: found.rest, rawHeaders }, settings);
  const credential = readCredential(rawHeaders, settings.reading);
  return (await resolve(credential, asked, found.route.policy, facts, () => 1_000)).decision.outcome;
}

const NAMES = [
  'X-Original-URL',
  'X-Original-Method',
  'X-Original-URI',
  'X-Forwarded-Method',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Uri',
  'X-Forwarded-For',
  'X-Forwarded-Prefix',
  'X-Forwarded-Port',
  'X-Real-IP',
  'Forwarded',
  'Host',
  'Origin',
  'Access-Control-Request-Method',
  'X-HTTP-Method-Override',
  'X-Rewrite-Url',
  'X-Auth-Subject',
  'X-Auth-Roles',
  'X-Postern-Gateway',
  'Authorization',
  'Proxy-Authorization',
  'Cookie',
  'Connection',
  'Upgrade',
  'Content-Length',
];
const SPELLINGS: ReadonlyArray<(name: string) => string> = [
  (name) => name,
  (name) => name.toLowerCase(),
  (name) => name.toUpperCase(),
  (name) => name.replaceAll('-', '_'),
  (name) => name.replaceAll('-', '.'),
];
const VALUES = [
  '/public/x',
  '/free/x',
  'https://app.example.com/public/x',
  'https://open.example.com/',
  'open.example.com',
  'app.example.com',
  'OPTIONS',
  'GET',
  'https',
  'http',
  '192.0.2.7',
  'for=192.0.2.7;host=open.example.com',
  'https://app.example.com',
  'admin',
  'Bearer x',
  'Basic eDp5',
  'session=x',
  'other=1',
  'close, X-Forwarded-Uri, X-Original-URL',
  'websocket',
  '0',
  '',
];

const added = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...SPELLINGS), fc.constantFrom(...VALUES))
  .map(([name, spell, value]) => `${spell(name)}: ${value}`);

const originals = fc.record({
  uri: fc.constantFrom(
    '/admin',
    '/inside/x',
    '/free/x',
    '/orders/1',
    '/public/..%2fadmin',
    '/public/../admin',
    '/',
  ),
  method: fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD'),
  host: fc.constantFrom('app.example.com', 'evil.example.com', 'open.example.com.evil'),
});

/** A proxy that is configured as ours are says who the client is: else whatever it says would be the client's own. */
const FROM_PROXY = 'X-Forwarded-For: 198.51.100.7';

describe('what a client adds to its request', () => {
  it.each([
    ['nothing', []],
    ['a live session', [`Cookie: session=${token.reveal()}`]],
    ['a dead one', ['Cookie: session=x']],
  ])('PBT-02 never turns a denial into an allow, where it presents %s', async (_, credential) => {
    const property = fc.asyncProperty(
      fc.constantFrom(...DIALECT_NAMES),
      originals,
      fc.array(added, { maxLength: 4 }),
      fc.array(added, { minLength: 1, maxLength: 3 }),
      async (dialect, original, before, more) => {
        const base = [FROM_PROXY, ...credential, ...before];
        if ((await decide(dialect, original, base)) === 'allow') return;
        expect(await decide(dialect, original, [...base, ...more])).not.toBe('allow');
      },
    );
    await fc.assert(property, { numRuns: 10_000 });
  });

  it('PBT-02 nor does what it doubles or spells in another way', async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...DIALECT_NAMES),
      originals,
      fc.array(added, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...SPELLINGS),
      fc.nat(9),
      async (dialect, original, before, spell, place) => {
        const base = [FROM_PROXY, ...before];
        if ((await decide(dialect, original, base)) === 'allow') return;
        const { headers } = writtenOf(dialect, 'shop', original);
        const every = [...headers, ...base];
        const again = (every[place % every.length] ?? '').replace(/^[^:]+/, spell);
        expect(await decide(dialect, original, [...base, again])).not.toBe('allow');
      },
    );
    await fc.assert(property, { numRuns: 10_000 });
  });

  it('the same requests are let pass where their place is open, so that the rest can fail', async () => {
    for (const dialect of DIALECT_NAMES) {
      expect(await decide(dialect, { uri: '/public/x' }, [FROM_PROXY])).toBe('allow');
      expect(await decide(dialect, { uri: '/x', host: 'open.example.com' }, [FROM_PROXY])).toBe('allow');
      expect(await decide(dialect, { uri: '/inside/x' }, ['X-Forwarded-For: 192.0.2.7'])).toBe('allow');
      expect(await decide(dialect, { uri: '/x' }, [`Cookie: session=${token.reveal()}`])).toBe('allow');
    }
  });
});
