import fc from 'fast-check';
import { readCredential } from '../../src/decision/credential.ts';
import type { Finding } from '../../src/decision/decide.ts';
import { explain } from '../../src/decision/explain.ts';
import type { Place } from '../../src/decision/place.ts';
import type { Policy, Requirements } from '../../src/decision/policy.ts';
import { resolve } from '../../src/decision/resolve.ts';
import { createFindRule } from '../../src/decision/rules.ts';
import type { Asked } from '../../src/decision/select.ts';
import { CannotTell, type Session } from '../../src/decision/session.ts';
import { canonicalTarget } from '../../src/decision/target.ts';
import { sessionIdOf } from '../../src/decision/token.ts';
import { requirementsOf } from './policies.ts';
import { sessionOf } from './sessions.ts';

const NOW = 1_000_000;
export const TOKEN = `vn${'t'.repeat(43)}`;
export const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln';

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 });

const session = fc
  .record({
    tenant: fc.constantFrom('default', 'default', 'default', 'other'),
    subjectType: fc.constantFrom('user', 'client'),
    subject: fc.constantFrom('a', 'b'),
    clientId: fc.constantFrom('a', 'b'),
    scope: names,
    roles: names,
    audience: names,
    amr: names,
    authenticatedAt: fc.integer({ min: NOW - 3, max: NOW }),
    expiresAt: fc.integer({ min: NOW - 1, max: NOW + 5 }),
    lastSeenAt: fc.integer({ min: NOW - 602, max: NOW }),
    idleSeconds: fc.constantFrom(0, 600),
    cookieDomain: fc.constantFrom('example.com', 'example.org'),
  })
  .map(({ cookieDomain, ...rest }): Session => {
    const bound = rest.subject === 'b' ? { cookieDomain } : {};
    return sessionOf({ id: sessionIdOf(TOKEN) ?? sessionOf().id, ...rest, ...bound });
  });

export const requirements: fc.Arbitrary<Requirements> = fc.oneof(
  fc.constant(requirementsOf()),
  fc.constant(requirementsOf({ anonymous: true })),
  fc.record({
    anonymous: fc.constant(false),
    subjects: names,
    clientIds: names,
    scope: names,
    anyScope: names,
    roles: names,
    amr: names,
  }),
  fc
    .record({
      audience: fc.constantFrom('a', 'b'),
      maxAuthAgeSeconds: fc.constantFrom(1, 2),
      inside: fc.boolean(),
    })
    .map(({ inside, ...rest }) =>
      requirementsOf({ ...rest, subjectType: 'user', isClientInside: () => inside }),
    ),
);

const place: fc.Arbitrary<Place> = fc.record({
  methods: fc.constantFrom(undefined, ['GET'], ['PUT', 'GET']),
  host: fc.constantFrom(undefined, 'a.example.com'),
  path: fc.constantFrom('/**', '/a', '/a/*', '/b'),
});

const ofRule = fc.oneof({ arbitrary: requirements, weight: 4 }, fc.constant(requirementsOf({ deny: true })));

export const policy: fc.Arbitrary<Policy> = fc.oneof(
  requirements.map((asked): Policy => ({ name: 'p', tenant: 'default', requirements: asked })),
  fc.array(fc.tuple(place, ofRule), { minLength: 1, maxLength: 3 }).map(
    (rules): Policy => ({
      name: 'p',
      tenant: 'default',
      findRule: createFindRule(rules),
      places: rules.map(([where]) => where),
    }),
  ),
);

export const asked: fc.Arbitrary<Asked> = fc.record({
  target: fc.option(
    fc
      .record({
        method: fc.constantFrom('GET', 'PUT', 'OPTIONS', 'get'),
        scheme: fc.constant('https'),
        host: fc.constantFrom('a.example.com', 'example.net'),
        uri: fc.constantFrom('/a', '/a/b', '/a;x/b', '/c', '/%2f'),
      })
      .map(canonicalTarget),
    { nil: undefined },
  ),
  clientAddress: fc.constantFrom(undefined, '192.0.2.1'),
  preflightFor: fc.constantFrom(undefined, 'PUT'),
});

export const rawHeaders = fc.constantFrom<readonly string[]>(
  [],
  ['Authorization', `Bearer ${TOKEN}`],
  ['Cookie', `session=${TOKEN}`],
  ['Authorization', `Bearer ${JWT}`],
  ['Authorization', `Bearer ${JWT} ${JWT}`],
  ['Authorization', 'Bearer not/ours'],
  ['Cookie', 'session=not-ours'],
  ['Authorization', 'Bearer of two'],
  ['Cookie', `session=${TOKEN}; session=${TOKEN}`],
);

type Answer = Finding | Error;

export const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 6, arbitrary: session },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Answer>(
      undefined,
      'jwt_signature',
      new CannotTell('store_unavailable', 'away'),
      new Error('broken'),
    ),
  },
);

const tell = async (found: Answer) => {
  if (found instanceof Error) throw found;
  return found;
};

/** Decides, and explains what was decided. */
export async function explainAll(headers: readonly string[], what: Asked, by: Policy, found: Answer) {
  const credential = readCredential(headers, { cookieName: 'session', takesPairs: true });
  const facts = {
    find: async () => {
      const row = await tell(found);
      return typeof row === 'string' ? undefined : row;
    },
    findByJwt: async () => tell(found),
  };
  const resolved = await resolve(credential, what, by, facts, () => NOW);
  return { resolved, steps: explain({ credential, asked: what, policy: by }, resolved, NOW) };
}
