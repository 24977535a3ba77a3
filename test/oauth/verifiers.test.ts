import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIGNING_ALGS, type SigningAlg } from '../../src/registry/registry.ts';
import {
  decisionOn,
  declareResource,
  getToken,
  issuerOf,
  type Registered,
  registerApplication,
  tamper,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';
import { honoJwk, type Trust, VERIFIERS } from '../support/verifiers.ts';

let postern: InProcess;
let clients: { readonly default: Registered; readonly other: Registered };
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: {}, other: {} } });
  clients = { default: await setUp('default'), other: await setUp('other') };
});
afterAll(() => postern.close());

const resourceOf = (alg: SigningAlg, typ: string) => `https://${alg}.example/${typ}`;
const anotherOf = (alg: SigningAlg, typ: string) => `https://another.example/${alg}/${typ}`;

/** Both tenants have the same resources, so that nothing but the issuer tells their tokens apart. */
async function setUp(tenant: string): Promise<Registered> {
  for (const signingAlg of SIGNING_ALGS) {
    for (const typ of ['at+jwt', 'JWT']) {
      for (const indicator of [resourceOf(signingAlg, typ), anotherOf(signingAlg, typ)]) {
        await declareResource(postern.ports, { indicator, signingAlg, typ }, tenant);
      }
    }
  }
  return registerApplication(postern.ports, {}, tenant);
}

const tokenFor = (resource: string, tenant: 'default' | 'other' = 'default') =>
  getToken(postern.ports, clients[tenant], { resource }, tenant);

function trust(alg: SigningAlg, typ: string): Trust {
  const issuer = issuerOf(postern.ports);
  return { issuer, jwksUri: `${issuer}/publickeys`, audience: resourceOf(alg, typ), alg };
}

const ROWS = VERIFIERS.flatMap((verifier) => verifier.algs.map((alg) => ({ ...verifier, alg })));

describe.each(ROWS)('$name, with $alg', ({ alg, typ, trusting }) => {
  it('finds a token of ours good', async () => {
    const verify = trusting(trust(alg, typ));
    await expect(verify(await tokenFor(resourceOf(alg, typ)))).resolves.toBeDefined();
  });

  it('refuses it once it was tampered with', async () => {
    const verify = trusting(trust(alg, typ));
    await expect(verify(tamper(await tokenFor(resourceOf(alg, typ))))).rejects.toThrow();
  });

  it('refuses one that is for another resource', async () => {
    const verify = trusting(trust(alg, typ));
    await expect(verify(await tokenFor(anotherOf(alg, typ)))).rejects.toThrow();
  });

  it('refuses one of another tenant', async () => {
    const verify = trusting(trust(alg, typ));
    await expect(verify(await tokenFor(resourceOf(alg, typ), 'other'))).rejects.toThrow();
  });
});

it.each(SIGNING_ALGS)(
  'a decision is made on a token with %s as well, and it is no for a tampered one',
  async (alg) => {
    const token = await tokenFor(resourceOf(alg, 'at+jwt'));
    expect(await decisionOn(postern.ports, token)).toBe(200);
    expect(await decisionOn(postern.ports, tamper(token))).toBe(401);
  },
);

it('hono/jwk refuses at+jwt unless it is told of it, which is why a resource can have typ JWT', async () => {
  const verify = honoJwk(trust('RS256', 'at+jwt'));
  await expect(verify(await tokenFor(resourceOf('RS256', 'at+jwt')))).rejects.toThrow('401');
});
