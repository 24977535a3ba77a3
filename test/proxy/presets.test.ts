import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { settingsSchema } from '../../src/config/schema.ts';
import { bearerOf, cookieOf, createSession, type NewSession, type Reply, send } from '../support/http.ts';
import { getToken, type Registered, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

const ADA = {
  subject: 'ada',
  roles: ['staff', 'a,b'],
  amr: ['pwd', 'otp'],
  authenticatedAt: 1_000,
  claims: { email: 'ada@example.com', name: 'Ada', preferred_username: 'al', email_verified: true, level: 3 },
};

type Values = Readonly<Record<string, string>>;

type Case = {
  readonly setting: z.input<typeof settingsSchema>['identityHeaders'];
  readonly ada: Values;
  /** Of a user's session that has nothing but a subject. */
  readonly bare: Values;
  readonly client: (id: string) => Values;
  readonly anonymous: Values;
  readonly dead: Values;
};

const NO_GROUPS = { 'Remote-User': '', 'Remote-Groups': '', 'Remote-Name': '', 'Remote-Email': '' };

const NO_REQUEST = {
  'X-Auth-Request-User': '',
  'X-Auth-Request-Email': '',
  'X-Auth-Request-Groups': '',
  'X-Auth-Request-Preferred-Username': '',
};

const NO_AUTHGEAR = {
  'X-Authgear-Session-Valid': '',
  'X-Authgear-User-Id': '',
  'X-Authgear-User-Anonymous': '',
  'X-Authgear-User-Verified': '',
  'X-Authgear-User-Can-Reauthenticate': '',
  'X-Authgear-User-Roles': '',
  'X-Authgear-Session-Amr': '',
  'X-Authgear-Session-Authenticated-At': '',
};

const SOME = expect.stringMatching(/./);

const NO_POSTERN = {
  'X-Auth-Subject': '',
  'X-Auth-Subject-Type': 'anonymous',
  'X-Auth-Tenant': '',
  'X-Auth-Client-Id': '',
  'X-Auth-Session-Id': '',
  'X-Auth-Scope': '',
  'X-Auth-Roles': '',
  'X-Auth-Audience': '',
  'X-Auth-Email': '',
  'X-Auth-Name': '',
  'X-Auth-Amr': '',
  'X-Auth-Authenticated-At': '',
  'X-Auth-Expires-At': '',
};

const OF_SESSION = { 'X-Auth-Tenant': 'default', 'X-Auth-Session-Id': SOME, 'X-Auth-Expires-At': SOME };

const CASES: Readonly<Record<string, Case>> = {
  postern: {
    setting: 'postern',
    ada: {
      ...NO_POSTERN,
      ...OF_SESSION,
      'X-Auth-Subject': 'ada',
      'X-Auth-Subject-Type': 'user',
      'X-Auth-Roles': 'staff,a%2Cb',
      'X-Auth-Email': 'ada@example.com',
      'X-Auth-Name': 'Ada',
      'X-Auth-Amr': 'pwd,otp',
      'X-Auth-Authenticated-At': '1000',
    },
    bare: {
      ...NO_POSTERN,
      ...OF_SESSION,
      'X-Auth-Subject': 'bob',
      'X-Auth-Subject-Type': 'user',
      'X-Auth-Authenticated-At': '2000',
    },
    client: (id) => ({
      ...NO_POSTERN,
      ...OF_SESSION,
      'X-Auth-Subject': id,
      'X-Auth-Subject-Type': 'client',
      'X-Auth-Client-Id': id,
      'X-Auth-Audience': SOME,
      'X-Auth-Authenticated-At': SOME,
    }),
    anonymous: NO_POSTERN,
    dead: NO_POSTERN,
  },
  authgear: {
    setting: 'authgear',
    ada: {
      'X-Authgear-Session-Valid': 'true',
      'X-Authgear-User-Id': 'ada',
      'X-Authgear-User-Anonymous': 'false',
      'X-Authgear-User-Verified': 'true',
      'X-Authgear-User-Can-Reauthenticate': 'false',
      'X-Authgear-User-Roles': 'staff,a%2Cb',
      'X-Authgear-Session-Amr': 'pwd,otp',
      'X-Authgear-Session-Authenticated-At': '1000',
    },
    bare: {
      ...NO_AUTHGEAR,
      'X-Authgear-Session-Valid': 'true',
      'X-Authgear-User-Id': 'bob',
      'X-Authgear-User-Anonymous': 'false',
      'X-Authgear-User-Verified': 'false',
      'X-Authgear-User-Can-Reauthenticate': 'false',
      'X-Authgear-Session-Authenticated-At': '2000',
    },
    client: () => ({
      ...NO_AUTHGEAR,
      'X-Authgear-Session-Valid': 'true',
      'X-Authgear-Session-Authenticated-At': SOME,
    }),
    anonymous: NO_AUTHGEAR,
    dead: { ...NO_AUTHGEAR, 'X-Authgear-Session-Valid': 'false' },
  },
  'x-auth-request': {
    setting: 'x-auth-request',
    ada: {
      'X-Auth-Request-User': 'ada',
      'X-Auth-Request-Email': 'ada@example.com',
      'X-Auth-Request-Groups': 'staff,a%2Cb',
      'X-Auth-Request-Preferred-Username': 'al',
    },
    bare: { ...NO_REQUEST, 'X-Auth-Request-User': 'bob' },
    client: () => NO_REQUEST,
    anonymous: NO_REQUEST,
    dead: NO_REQUEST,
  },
  remote: {
    setting: 'remote',
    ada: {
      'Remote-User': 'ada',
      'Remote-Groups': 'staff,a%2Cb',
      'Remote-Name': 'Ada',
      'Remote-Email': 'ada@example.com',
    },
    bare: { ...NO_GROUPS, 'Remote-User': 'bob' },
    client: () => NO_GROUPS,
    anonymous: NO_GROUPS,
    dead: NO_GROUPS,
  },
  'a map': {
    setting: { 'X-User': 'user', 'X-Who': 'subject', 'X-Kind': 'subjectType', 'X-Level': 'claims.level' },
    ada: { 'X-User': 'ada', 'X-Who': 'ada', 'X-Kind': 'user', 'X-Level': '3' },
    bare: { 'X-User': 'bob', 'X-Who': 'bob', 'X-Kind': 'user', 'X-Level': '' },
    client: (id) => ({ 'X-User': '', 'X-Who': id, 'X-Kind': 'client', 'X-Level': '' }),
    anonymous: { 'X-User': '', 'X-Who': '', 'X-Kind': 'anonymous', 'X-Level': '' },
    dead: { 'X-User': '', 'X-Who': '', 'X-Kind': 'anonymous', 'X-Level': '' },
  },
};

describe.each(Object.entries(CASES))('the identity headers of %s', (_, expected) => {
  let postern: InProcess;
  let ada: NewSession;
  let bob: NewSession;
  let client: Registered;
  let token: string;
  beforeAll(async () => {
    const policies = { default: {}, open: { anonymous: true } };
    postern = await startInProcess({ identityHeaders: expected.setting, policies });
    ada = await createSession(postern.ports.admin, ADA);
    bob = await createSession(postern.ports.admin, { subject: 'bob', authenticatedAt: 2_000 });
    client = await registerApplication(postern.ports);
    token = await getToken(postern.ports, client);
  });
  afterAll(() => postern.close());

  const FORGED = Object.keys(expected.anonymous).flatMap((name) => [name, 'forged']);

  /** The identity headers, as they stand in the answer, twice where they stand twice. */
  async function ask(path: string, headers: readonly string[]): Promise<[number, string[][]]> {
    const reply: Reply = await send(postern.ports.decision, { path, headers: [...FORGED, ...headers] });
    expect(reply.rawHeaders.join('\n')).not.toContain('forged');
    const ours = new Set(['content-length', 'cache-control', 'www-authenticate', 'date', 'connection']);
    const pairs = reply.rawHeaders.flatMap((name, index) =>
      index % 2 === 0 && !ours.has(name.toLowerCase()) && name !== 'Keep-Alive'
        ? [[name, reply.rawHeaders[index + 1] ?? '']]
        : [],
    );
    return [reply.status, pairs];
  }

  it.each(['/auth-request/open', '/forward-auth/open', '/ext-authz/open/orders'])(
    'HDR-01 HDR-02 HDR-04 are there on every allow of %s, empty where there is nothing to say',
    async (path) => {
      const cases: [readonly string[], Values][] = [
        [cookieOf(ada), expected.ada],
        [bearerOf(ada), expected.ada],
        [cookieOf(bob), expected.bare],
        [bearerOf({ token }), expected.client(client.clientId)],
        [[], expected.anonymous],
        [['Cookie', 'session=none-of-ours'], expected.dead],
      ];
      for (const [headers, values] of cases) {
        expect(await ask(path, headers)).toEqual([200, Object.entries(values)]);
      }
    },
  );

  it('HDR-03 are on no denial', async () => {
    expect(await ask('/forward-auth/default', [])).toEqual([401, []]);
    expect(await ask('/forward-auth/default', ['Cookie', 'session=none-of-ours'])).toEqual([401, []]);
    expect(await ask('/forward-auth/open', ['Authorization', 'Bearer none-of-ours'])).toEqual([401, []]);
    expect(await ask('/forward-auth/open', ['Authorization', 'Bearer'])).toEqual([400, []]);
  });

  it('HDR-12 are what a new session is measured by', async () => {
    const wide = { subject: 'u'.repeat(255), roles: Array.from({ length: 100 }, () => 'r'.repeat(28)) };
    const create = createSession(postern.ports.admin, wide);
    // In the map nothing says a role, so that there is room.
    if ('X-Who' in expected.ada) await expect(create).resolves.toBeDefined();
    else await expect(create).rejects.toThrow('400');
  });
});
