import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import {
  basicOf,
  decisionOn,
  getToken,
  present,
  type Registered,
  refusalOf,
  registerApplication,
  succeed,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: { signingAlg: 'ES256' } } });
});
afterAll(() => postern.close());

const form = { grant_type: 'client_credentials' };
const REFUSED = [401, 'invalid_client'];
const ask = (client: Registered) => present(postern.ports, { basic: basicOf(client), form });
const change = ({ clientId }: Registered, method: string, path: string, body?: object) =>
  succeed(postern.ports, method, `/default/applications/${clientId}${path}`, body);
/** The same application under another secret of it. */
const addSecret = async (client: Registered, body: object): Promise<Registered> => {
  const { secret } = await change(client, 'POST', '/secrets', body);
  return { ...client, secret };
};
const rotate = async (client: Registered, body: object = {}): Promise<Registered> => {
  const { secret } = await change(client, 'POST', '/secrets/rotate', body);
  return { ...client, secret };
};

describe('TOK-05 who guesses', () => {
  it('is told the same of an unknown application, a wrong, another, an expired secret and a disabled application', async () => {
    const known = await registerApplication(postern.ports);
    const disabled = await registerApplication(postern.ports);
    await change(disabled, 'PUT', '', { enabled: false });
    const expired = await addSecret(known, { name: 'short', expiresAt: Math.floor(systemClock()) + 10_000 });
    postern.advance(10_000);
    const guesses = [
      { clientId: crypto.randomUUID(), secret: known.secret },
      { ...known, secret: known.secret.toLowerCase() },
      { ...known, secret: disabled.secret },
      expired,
      disabled,
    ];
    const replies = await Promise.all(guesses.map(ask));
    const [first, ...others] = replies.map(({ status, headers, body }) => {
      const { date: _date, ...told } = headers;
      return { status, headers: told, body };
    });
    expect(first?.status).toBe(401);
    for (const other of others) expect(other).toEqual(first);
  });

  it('is told the same where the secret stands in the body', async () => {
    const known = await registerApplication(postern.ports);
    const post = (client_id: string, client_secret: string) =>
      present(postern.ports, { form: { ...form, client_id, client_secret } });
    const [wrong, unknown] = [await post(known.clientId, 'x'), await post('unknown', known.secret)];
    expect([wrong.status, wrong.body]).toEqual([401, unknown.body]);
  });
});

describe('TOK-12 a client id', () => {
  it.each<[string, (clientId: string) => string]>([
    ['in capitals', (id) => id.toUpperCase()],
    ['with a space behind', (id) => `${id} `],
    ['with a space before', (id) => ` ${id}`],
    ['without its dashes', (id) => id.replaceAll('-', '')],
    ['with a NUL behind', (id) => `${id}%00`],
    ['with a zero-width joiner', (id) => `${id}%E2%80%8D`],
    ['in full-width digits', (id) => id.replaceAll(/\d/g, (digit) => `%EF%BC%9${digit}`)],
    ['in braces', (id) => `{${id}}`],
  ])('%s is nobody', async (_, variant) => {
    const client = await registerApplication(postern.ports);
    expect(await refusalOf(ask({ ...client, clientId: variant(client.clientId) }))).toEqual(REFUSED);
    expect((await ask(client)).status).toBe(200);
  });
});

describe('TOK-09 who is not trusted any more', () => {
  it('disabled gets no token, and its tokens are dead at the next decision, until it is enabled', async () => {
    const client = await registerApplication(postern.ports);
    const token = await getToken(postern.ports, client);
    expect(await decisionOn(postern.ports, token)).toBe(200);
    await change(client, 'PUT', '', { enabled: false });
    expect(await decisionOn(postern.ports, token)).toBe(401);
    expect(await refusalOf(ask(client))).toEqual(REFUSED);
    await change(client, 'PUT', '', { enabled: true });
    expect(await decisionOn(postern.ports, token)).toBe(200);
  });

  it('by a secret that is deleted gets no token, and its tokens are dead; those of another secret live', async () => {
    const first = await registerApplication(postern.ports);
    const second = await addSecret(first, { name: 'second' });
    const [gone, left] = [await getToken(postern.ports, second), await getToken(postern.ports, first)];
    await change(first, 'DELETE', '/secrets/second');
    expect(await decisionOn(postern.ports, gone)).toBe(401);
    expect(await refusalOf(ask(second))).toEqual(REFUSED);
    expect(await decisionOn(postern.ports, left)).toBe(200);
    const again = await addSecret(first, { name: 'second' });
    expect(await decisionOn(postern.ports, gone)).toBe(401);
    expect((await ask(again)).status).toBe(200);
  });

  it('by a secret that was rotated without grace gets no token, and its tokens are dead', async () => {
    const first = await registerApplication(postern.ports);
    const beside = await addSecret(first, { name: 'beside' });
    const tokens = [await getToken(postern.ports, first), await getToken(postern.ports, beside)];
    const next = await rotate(first);
    for (const token of tokens) expect(await decisionOn(postern.ports, token)).toBe(401);
    for (const old of [first, beside]) expect(await refusalOf(ask(old))).toEqual(REFUSED);
    expect(await decisionOn(postern.ports, await getToken(postern.ports, next))).toBe(200);
  });

  it('deleted is nobody, and its tokens are dead', async () => {
    const client = await registerApplication(postern.ports);
    const token = await getToken(postern.ports, client);
    await change(client, 'DELETE', '');
    expect(await decisionOn(postern.ports, token)).toBe(401);
    expect(await refusalOf(ask(client))).toEqual(REFUSED);
  });
});

describe('TOK-10 two secrets', () => {
  it('both work until the grace is over, and what the old one gave lives out', async () => {
    const old = await registerApplication(postern.ports, { accessTokenTtl: 600 });
    const next = await rotate(old, { graceSeconds: 300 });
    expect((await ask(next)).status).toBe(200);
    postern.advance(298);
    const token = await getToken(postern.ports, old);
    // The end is rounded up to a whole second.
    postern.advance(3);
    expect(await refusalOf(ask(old))).toEqual(REFUSED);
    expect((await ask(next)).status).toBe(200);
    postern.advance(590);
    expect(await decisionOn(postern.ports, token)).toBe(200);
    postern.advance(20);
    expect(await decisionOn(postern.ports, token)).toBe(401);
  });

  it('a later rotation ends the grace of all that were before it', async () => {
    const oldest = await registerApplication(postern.ports);
    const old = await rotate(oldest, { graceSeconds: 1_000 });
    const next = await rotate(old, { graceSeconds: 60 });
    postern.advance(61);
    expect(await refusalOf(ask(oldest))).toEqual(REFUSED);
    expect(await refusalOf(ask(old))).toEqual(REFUSED);
    expect((await ask(next)).status).toBe(200);
  });
});

describe('when a secret was used last', () => {
  it('is noted after a token was given by it, and only then', async () => {
    const client = await registerApplication(postern.ports);
    const used = async () => (await change(client, 'GET', '/secrets')).secrets[0].lastUsedAt;
    await ask({ ...client, secret: 'wrong' });
    expect(await used()).toBeUndefined();
    await ask(client);
    expect(await used()).toEqual(expect.any(Number));
  });
});
