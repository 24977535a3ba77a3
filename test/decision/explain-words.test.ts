import { describe, expect, it } from 'vitest';
import type { Credential } from '../../src/decision/credential.ts';
import type { Decision } from '../../src/decision/decide.ts';
import { explain } from '../../src/decision/explain.ts';
import { explainRequest } from '../../src/decision/explain-request.ts';
import type { Place } from '../../src/decision/place.ts';
import type { Policy, Requirements } from '../../src/decision/policy.ts';
import { resolve } from '../../src/decision/resolve.ts';
import { createFindRule } from '../../src/decision/rules.ts';
import { AMBIGUOUS } from '../../src/decision/select.ts';
import type { Session } from '../../src/decision/session.ts';
import { canonicalTarget } from '../../src/decision/target.ts';
import { requirementsOf } from '../support/policies.ts';
import { sessionOf } from '../support/sessions.ts';

const NOW = 1_000_000;

const policyOf = (places: readonly Place[], requirements = requirementsOf()): Policy => ({
  name: 'shop',
  tenant: 'default',
  findRule: createFindRule(places.map((place) => [place, requirements])),
  places,
});

const askedOf = (method: string, host: string, uri: string, preflightFor?: string) => ({
  target: canonicalTarget({ method, scheme: 'https', host, uri }),
  clientAddress: undefined,
  preflightFor,
});

const RULES: readonly Place[] = [
  { path: '/public/**' },
  { methods: ['GET', 'HEAD'], path: '/orders/*' },
  { methods: ['POST'], host: '*.example.org', path: '/orders/*' },
  { host: 'admin.example.com', path: '/**' },
];

const CHALLENGE: Decision = { outcome: 'challenge', reason: 'no_credential' };

const stepsOf = (given: Parameters<typeof askedOf>, decision: Decision) =>
  explainRequest(policyOf(RULES), askedOf(...given), decision).map(({ step, ok, says }) => [step, ok, says]);

const lines = (...given: Parameters<typeof askedOf>) => stepsOf(given, CHALLENGE);

describe('the rule', () => {
  it('that counts is told with its place, after the request as it was compared', () => {
    expect(lines('GET', 'Shop.Example.com:443', '/x/../orders//7?token=1')).toEqual([
      ['request', true, 'GET https://shop.example.com/orders/7, in canonical form.'],
      ['rule', true, 'Rule 2 of 4 is the first that fits: GET, HEAD /orders/*.'],
    ]);
  });

  it('that is none is told with those that are near, and what keeps each away', () => {
    expect(lines('PUT', 'shop.example.com', '/orders/7').slice(1)).toEqual([
      ['rule', false, 'None of the 4 rules fits.'],
      ['rule', undefined, 'Rule 2 is near, but not for the method PUT: GET, HEAD /orders/*.'],
      [
        'rule',
        undefined,
        'Rule 3 is near, but not for the method PUT and the host shop.example.com: POST *.example.org/orders/*.',
      ],
      ['rule', undefined, 'Rule 4 is near, but not for the host shop.example.com: admin.example.com/**.'],
    ]);
  });

  it('of a preflight is that of the request that it asks for', () => {
    expect(lines('OPTIONS', 'shop.example.com', '/orders/7', 'GET')).toEqual([
      [
        'request',
        true,
        'OPTIONS https://shop.example.com/orders/7, in canonical form. It is a preflight for GET.',
      ],
      ['rule', true, 'Rule 2 of 4 is the first that fits: GET, HEAD /orders/*.'],
    ]);
    expect(lines('OPTIONS', 'shop.example.com', '/orders/7', 'PUT')[2]?.[2]).toContain('the method PUT');
  });

  it('is in doubt where a server could find another, and is why only where it would have allowed', () => {
    const asked: Parameters<typeof askedOf> = ['GET', 'shop.example.com', '/orders/;x'];
    const doubt =
      'It allows nothing here: for a server that cuts off what follows a ";", or merges slashes last, another rule would apply, or none.';
    const [, found, ...rest] = stepsOf(asked, AMBIGUOUS);
    expect(found).toEqual(['rule', true, 'Rule 2 of 4 is the first that fits: GET, HEAD /orders/*.']);
    expect(rest).toEqual([['rule', false, doubt]]);
    expect(lines(...asked)[2]).toEqual(['rule', undefined, doubt]);
  });

  it('is not looked for where the request can be read in two ways', () => {
    expect(lines('GET', 'shop.example.com', '/public/..%2fadmin').map(([step, ok]) => [step, ok])).toEqual([
      ['request', false],
    ]);
  });

  it('that is near is one of five at most, and the others are counted', () => {
    const places = Array.from({ length: 8 }, (_, index) => ({ path: '/**', host: `h${index}.example.com` }));
    const steps = explainRequest(policyOf(places), askedOf('GET', 'example.com', '/'), CHALLENGE);
    expect(steps).toHaveLength(2 + 5 + 1);
    expect(steps.at(-1)?.says).toBe('3 more are near.');
  });
});

async function linesOf(
  requirements: Partial<Requirements>,
  changes: Partial<Session>,
  source: 'cookie' | 'bearer',
) {
  const session = sessionOf({
    authenticatedAt: NOW - 100,
    createdAt: NOW - 100,
    lastSeenAt: NOW - 50,
    expiresAt: NOW + 1_000,
    ...changes,
  });
  const credential: Credential = { kind: 'token', source, id: session.id };
  const policy: Policy = { name: 'p', tenant: 'default', requirements: requirementsOf(requirements) };
  const asked = { target: undefined, clientAddress: '192.0.2.1', preflightFor: undefined };
  const facts = { find: async () => session, findByJwt: async () => session };
  const resolved = await resolve(credential, asked, policy, facts, () => NOW);
  const steps = explain({ credential, asked, policy }, resolved, NOW);
  return { session, lines: steps.map(({ step, ok, says }) => [step, ok, says]) };
}

describe('who it is', () => {
  it('is told with the life of the session, and each requirement with what was asked and what there was', async () => {
    const asks = { scope: ['orders:read'], roles: ['admin', 'root'], maxAuthAgeSeconds: 99 };
    const { session, lines } = await linesOf(asks, { roles: [] }, 'bearer');
    expect(lines.slice(2)).toEqual([
      ['credential', true, `A token of ours in Authorization, of the session ${session.id}.`],
      [
        'session',
        true,
        'ada (user): created at 999900, 100 s ago; ends at 1001000, in 1000 s; unused for 50 s of 600 s.',
      ],
      ['requirement', true, 'scope asks for all of orders:read; the session has orders:read.'],
      ['requirement', false, 'roles asks for any one of admin, root; the session has none.'],
      ['requirement', false, 'maxAuthAgeSeconds asks for at most 99; the session has 100.'],
      ['decision', false, 'forbid: role'],
    ]);
  });

  it.each<[Partial<Requirements>, Partial<Session>, boolean, string]>([
    [{ subjectType: 'client' }, {}, false, 'subjectType asks for client; the session has user.'],
    [{ subjects: ['bob', 'ada'] }, {}, true, 'subjects asks for any one of bob, ada; the session has ada.'],
    [{ clientIds: ['c1'] }, {}, false, 'clientIds asks for any one of c1; the session has none.'],
    [
      { clientIds: ['c1'] },
      { clientId: 'c1' },
      true,
      'clientIds asks for any one of c1; the session has c1.',
    ],
    [
      { audience: 'urn:a' },
      { audience: ['urn:b', 'urn:c'] },
      false,
      'audience asks for urn:a; the session has urn:b, urn:c.',
    ],
    [{ scope: ['a', 'b'] }, { scope: ['b'] }, false, 'scope asks for all of a, b; the session has b.'],
    [
      { anyScope: ['a', 'b'] },
      { scope: ['b'] },
      true,
      'anyScope asks for any one of a, b; the session has b.',
    ],
    [{ roles: ['a'] }, { roles: ['b'] }, false, 'roles asks for any one of a; the session has b.'],
    [{ amr: ['otp'] }, { amr: ['pwd'] }, false, 'amr asks for all of otp; the session has pwd.'],
    [{ maxAuthAgeSeconds: 100 }, {}, true, 'maxAuthAgeSeconds asks for at most 100; the session has 100.'],
  ])('is told what of %j there is', async (asks, has, ok, says) => {
    const { lines } = await linesOf(asks, has, 'bearer');
    expect(lines.filter(([step]) => step === 'requirement')).toEqual([['requirement', ok, says]]);
  });

  it('is told of a session that has ended, since when', async () => {
    const { lines } = await linesOf({}, { expiresAt: NOW - 7, clientId: 'c1' }, 'cookie');
    expect(lines[3]).toEqual([
      'session',
      false,
      'It has ended. ada (user, of the application c1): created at 999900, 100 s ago; ended at 999993, 7 s ago; unused for 50 s of 600 s.',
    ]);
  });

  it('ADM-10 is not told of a row of another tenant', async () => {
    const { lines } = await linesOf({}, { tenant: 'other', subject: 'mallory' }, 'cookie');
    expect(lines[3]?.slice(0, 2)).toEqual(['session', false]);
    expect(JSON.stringify(lines)).not.toContain('mallory');
  });

  it("stands in nobody's way where anonymous may pass, though the cookie is dead", async () => {
    const { lines } = await linesOf({ anonymous: true }, { expiresAt: NOW - 7 }, 'cookie');
    expect(lines.map(([step, ok]) => [step, ok]).slice(3)).toEqual([
      ['session', undefined],
      ['requirement', undefined],
      ['decision', true],
    ]);
  });

  it('is not asked where the client is outside of the networks', async () => {
    const { lines } = await linesOf({ isClientInside: () => false, roles: ['a'] }, {}, 'cookie');
    expect(lines.slice(2)).toEqual([
      ['network', false, 'The client 192.0.2.1 is not in one of clientNetworks.'],
      ['decision', false, 'forbid: client_network'],
    ]);
  });
});
