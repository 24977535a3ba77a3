import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { createAuthenticateClient } from '../../src/oauth/client-authentication.ts';
import { deriveSecrets } from '../../src/oauth/keys/sealing.ts';
import { describeTenant } from '../../src/oauth/tenant.ts';
import { basicOf, freshAddress, type Presented, present, registerApplication } from '../support/issuer.ts';
import { type InProcess, SECRET_KEY, startInProcess } from '../support/postern.ts';
import { EMPTY_REGISTRY } from '../support/registries.ts';
import { openTestSqlite } from '../support/stores.ts';

const FREE = 20;
const tenants = { default: { signingAlg: 'ES256' } } as const;

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({ tenants });
});
afterAll(() => postern.close());

const form = { grant_type: 'client_credentials' };
const ask = (asked: Presented, under = postern) => present(under.ports, { form, ...asked });
const wrong = (clientId: string = crypto.randomUUID()) => `${clientId}:wrong`;
/** The statuses of as many failures as are free, one after another, and of one more. */
const failUntilRefused = async (next: (index: number) => Presented, under = postern) => {
  const statuses: number[] = [];
  for (let index = 0; index <= FREE; index += 1) statuses.push((await ask(next(index), under)).status);
  return statuses;
};
const free = new Array<number>(FREE).fill(401);

describe('TOK-08 whoever fails from one address', () => {
  it('is refused after twenty failures, and told for how long', async () => {
    const from = freshAddress();
    expect(await failUntilRefused(() => ({ basic: wrong(), from }))).toEqual([...free, 429]);
    const reply = await ask({ basic: wrong(), from });
    expect([reply.status, reply.json.error]).toEqual([429, 'temporarily_unavailable']);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(reply.headers).not.toHaveProperty('www-authenticate');
  });

  it('gets its token all the same with the right secret, and others are not touched', async () => {
    const from = freshAddress();
    const [client, other] = [
      await registerApplication(postern.ports),
      await registerApplication(postern.ports),
    ];
    await failUntilRefused(() => ({ basic: wrong(client.clientId), from }));
    expect((await ask({ basic: basicOf(client), from })).status).toBe(200);
    expect((await ask({ basic: basicOf(client) })).status).toBe(200);
    expect((await ask({ basic: wrong(other.clientId), from })).status).toBe(429);
    expect((await ask({ basic: wrong(other.clientId) })).status).toBe(401);
  });

  it.each<[string, Presented]>([
    ['by secrets in the body', { form: { ...form, client_id: 'x', client_secret: 'wrong' } }],
    ['by introspection', { endpoint: 'introspect', basic: wrong(), form: { token: 'x' } }],
    ['by revocation', { endpoint: 'revoke', basic: wrong(), form: { token: 'x' } }],
    [
      'by assertions',
      {
        form: {
          ...form,
          client_assertion: 'a.b.c',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        },
      },
    ],
  ])('is counted %s too', async (_, asked) => {
    const from = freshAddress();
    expect(await failUntilRefused(() => ({ ...asked, from }))).toEqual([...free, 429]);
  });

  it('is one, whichever address of its IPv6 network it writes from', async () => {
    const from = (index: number) => `2001:db8:5::${index.toString(16)}:1`;
    const statuses = await failUntilRefused((index) => ({ basic: wrong(), from: from(index) }));
    expect(statuses).toEqual([...free, 429]);
    expect((await ask({ basic: wrong(), from: '2001:db8:5:1::1' })).status).toBe(401);
  });

  it('is not counted for requests that are merely broken', async () => {
    const from = freshAddress();
    await failUntilRefused(() => ({ basic: 'no colon', from }));
    expect((await ask({ basic: wrong(), from })).status).toBe(401);
  });
});

describe('TOK-08 whoever fails in the name of one application', () => {
  it('is refused wherever it writes from; the application itself never is', async () => {
    const client = await registerApplication(postern.ports);
    const other = await registerApplication(postern.ports);
    expect(await failUntilRefused(() => ({ basic: wrong(client.clientId) }))).toEqual([...free, 429]);
    expect((await ask({ basic: basicOf(client) })).status).toBe(200);
    expect((await ask({ basic: wrong(other.clientId) })).status).toBe(401);
  });

  it('is told the same where there is no such application', async () => {
    expect(await failUntilRefused(() => ({ basic: wrong('nobody') }))).toEqual([...free, 429]);
  });
});

describe('TOK-08 where a request comes from', () => {
  it('is what the proxy before us says, where it is one of ours', async () => {
    const statuses = await failUntilRefused(() => ({ basic: wrong(), from: freshAddress() }));
    expect(statuses).toEqual([...free, 401]);
  });

  it('is never what a stranger says', async () => {
    const strict = await startInProcess({ tenants, trustedProxies: ['192.0.2.1'] });
    onTestFinished(strict.close);
    const statuses = await failUntilRefused(() => ({ basic: wrong(), from: freshAddress() }), strict);
    expect(statuses).toEqual([...free, 429]);
  });
});

describe('TOK-08 a flood over 10,000 made-up client ids', () => {
  it('is stopped by its address, and leaves as few counters as failures were free', async () => {
    const { store, close } = await openTestSqlite();
    onTestFinished(close);
    const counters = new Set<string>();
    const authenticate = createAuthenticateClient({
      secrets: deriveSecrets(new Secret(SECRET_KEY)),
      checkAssertion: async () => undefined,
      strike: (key) => {
        counters.add(key);
        return store.strike(key);
      },
      secretUses: store.secretUses,
    });
    const request = {
      tenant: describeTenant('default', OPTIONS, 'https://auth.example.com'),
      registry: EMPTY_REGISTRY,
      now: 1_000,
      parameters: new Map<string, string>(),
      address: '198.51.100.1',
    };
    const statuses = new Map<number, number>();
    for (let index = 0; index < 10_000; index += 1) {
      const authorization = `Basic ${btoa(`made-up-${index}:guess`)}`;
      const { status } = await authenticate({ ...request, authorization }).catch((error) => error);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [401, FREE],
      [429, 10_000 - FREE],
    ]);
    expect(counters.size).toBe(FREE + 1);
    for (const counter of counters) expect(counter).toMatch(/^[\w-]{43}$/);
  });
});

const OPTIONS = {
  tokenProfile: 'rfc9068',
  strictScope: false,
  accessTokenTtl: 3_600,
  signingAlg: 'ES256',
  withoutResource: 'client',
} as const;
