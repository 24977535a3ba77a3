import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, manage, send } from '../support/http.ts';
import {
  basicOf,
  decisionOn,
  declareResource,
  decodeToken,
  getToken,
  present,
  type Registered,
  refusalOf,
  registerApplication,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let client: Registered;
let other: Registered;
beforeAll(async () => {
  const options = { signingAlg: 'ES256' } as const;
  postern = await startInProcess({ tenants: { default: options, acme: options } });
  client = await registerApplication(postern.ports);
  other = await registerApplication(postern.ports);
  await declareResource(postern.ports, { indicator: 'urn:opaque', tokenFormat: 'opaque' });
});
afterAll(() => postern.close());

const revoke = (by: Registered, form: Record<string, string>) =>
  present(postern.ports, { endpoint: 'revoke', basic: basicOf(by), form });

describe('revocation (RFC 7009)', () => {
  it.each(['jwt', 'opaque'])(
    'ends a token (%s) that is good for nothing now, for when it would be again',
    async (tokenFormat) => {
      const indicator = `urn:closed:${tokenFormat}`;
      const id = await declareResource(postern.ports, { indicator, tokenFormat });
      const [token, left] = [
        await getToken(postern.ports, client, { resource: indicator }),
        await getToken(postern.ports, client, { resource: indicator }),
      ];
      const path = `/default/resources/${id}`;
      await manage(postern.ports.admin, 'PATCH', path, { restricted: true });
      expect(await decisionOn(postern.ports, token)).toBe(401);
      expect((await revoke(client, { token })).status).toBe(200);
      await manage(postern.ports.admin, 'PATCH', path, { restricted: false });
      expect(await decisionOn(postern.ports, token)).toBe(401);
      expect(await decisionOn(postern.ports, left)).toBe(200);
    },
  );

  it.each([
    ['a JSON Web Token', {}],
    ['an opaque token', { resource: 'urn:opaque' }],
  ])('ends %s before the next decision, and only that one', async (_, parameters) => {
    const [token, left] = [
      await getToken(postern.ports, client, parameters),
      await getToken(postern.ports, client, parameters),
    ];
    expect(await decisionOn(postern.ports, token)).toBe(200);
    const reply = await revoke(client, { token });
    expect([reply.status, reply.body, reply.headers['cache-control']]).toEqual([200, '', 'no-store']);
    expect(await decisionOn(postern.ports, token)).toBe(401);
    expect(await decisionOn(postern.ports, left)).toBe(200);
  });

  it('answers the same for what is none, or is gone already', async () => {
    const token = await getToken(postern.ports, client);
    const replies = [
      await revoke(client, { token }),
      await revoke(client, { token }),
      await revoke(client, { token: 'garbage' }),
      await revoke(client, { token: token.slice(0, -3) }),
    ];
    for (const { status, body } of replies) expect([status, body]).toEqual([200, '']);
  });

  it('looks wherever a token may be, whatever the hint says', async () => {
    const token = await getToken(postern.ports, client);
    expect((await revoke(client, { token, token_type_hint: 'refresh_token' })).status).toBe(200);
    expect(await decisionOn(postern.ports, token)).toBe(401);
  });

  it("never ends another client's token, though it is for that client", async () => {
    const token = await getToken(postern.ports, client, { audience: other.clientId });
    const reply = await revoke(other, { token });
    expect([reply.status, reply.body]).toEqual([200, '']);
    expect(await decisionOn(postern.ports, token)).toBe(200);
  });

  it("never ends a token by its jti alone, nor a user's session", async () => {
    const token = await getToken(postern.ports, client);
    await revoke(client, { token: decodeToken(token).claims.jti });
    expect(await decisionOn(postern.ports, token)).toBe(200);
    const session = await createSession(postern.ports.admin, { subject: client.clientId });
    await revoke(client, { token: session.token });
    expect(await decisionOn(postern.ports, session.token)).toBe(200);
  });

  it('is for clients, by POST, and wants one token', async () => {
    const nobody = present(postern.ports, { endpoint: 'revoke', form: { token: 'x' } });
    expect(await refusalOf(nobody)).toEqual([401, 'invalid_client']);
    expect(await refusalOf(revoke(client, {}))).toEqual([400, 'invalid_request']);
    const two = present(postern.ports, {
      endpoint: 'revoke',
      basic: basicOf(client),
      form: 'token=a&token=b',
    });
    expect(await refusalOf(two)).toEqual([400, 'invalid_request']);
    const get = await send(postern.ports.public, { path: '/oauth/v4/default/revoke?token=x' });
    expect([get.status, get.headers.allow]).toEqual([405, 'POST']);
  });
});
