import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import {
  decisionOn,
  declareResource,
  getToken,
  type Registered,
  registerApplication,
} from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

type Key = { readonly kid: string; readonly alg: string; readonly state: string };

let postern: InProcess;
let call: Call;
let client: Registered;
let token: string;
beforeEach(async () => {
  postern = await startInProcess();
  call = await describedCalls(postern.ports);
  client = await registerApplication(postern.ports);
  token = await getToken(postern.ports, client);
});
afterEach(() => postern.close());

const keys = async (): Promise<Key[]> => (await call('GET', '/keys')).json.keys;
const kidOf = (jwt: string) => decodeProtectedHeader(jwt).kid;
const kidOfThe = async (state: string) => (await keys()).find((key) => key.state === state)?.kid;
const rotate = (body?: object) => call('POST', '/keys/rotate', body);

describe('the keys of a tenant', () => {
  it('are current and next from the first token on, without their private halves', async () => {
    expect((await keys()).map(({ alg, state }) => [alg, state])).toEqual([
      ['RS256', 'current'],
      ['RS256', 'next'],
    ]);
    expect(await kidOfThe('current')).toBe(kidOf(token));
    expect((await call('GET', '/keys')).body).not.toMatch(/sealed|"d"|publicJwk/);
  });

  it('are none before that, and rotating none is no change', async () => {
    const fresh = await startInProcess();
    const described = await describedCalls(fresh.ports);
    expect((await described('GET', '/keys')).json).toEqual({ keys: [] });
    expect((await described('POST', '/keys/rotate')).json).toEqual({ keys: [] });
    expect((await described('GET', '/audit')).json.entries).toEqual([]);
    await fresh.close();
  });
});

describe('rotating keys', () => {
  it('is refused until verifiers know the next one, and says how long that is', async () => {
    const before = await keys();
    const early = await rotate();
    expect([early.status, early.json.detail]).toEqual([409, expect.stringMatching(/ in [1-6]\d\d s\./)]);
    expect(await keys()).toEqual(before);
    postern.advance(300);
    expect((await rotate()).status).toBe(409);
    postern.advance(301);
    expect((await rotate()).status).toBe(200);
  });

  it('makes next current and current previous, and tokens of both are good', async () => {
    const [next, current] = [await kidOfThe('next'), await kidOfThe('current')];
    postern.advance(601);
    const answer = (await rotate({})).json.keys;
    expect(answer).toEqual(await keys());
    expect([await kidOfThe('current'), await kidOfThe('previous')]).toEqual([next, current]);
    const later = await getToken(postern.ports, client);
    expect(kidOf(later)).toBe(next);
    for (const one of [token, later]) expect(await decisionOn(postern.ports, one)).toBe(200);
  });

  it('is done at once by force, for every algorithm in use', async () => {
    await declareResource(postern.ports, { indicator: 'urn:es', signingAlg: 'ES256' });
    await getToken(postern.ports, client, { resource: 'urn:es' });
    expect((await rotate({ force: true })).status).toBe(200);
    const states = Map.groupBy(await keys(), ({ alg }) => alg);
    for (const found of [states.get('RS256'), states.get('ES256')]) {
      expect(found?.map(({ state }) => state).toSorted()).toEqual(['current', 'next', 'previous']);
    }
  });

  it('takes no other word for force', async () => {
    for (const body of [{ force: 'true' }, { force: 1 }, { forced: true }]) {
      expect((await rotate(body)).status).toBe(400);
    }
    expect(await kidOfThe('previous')).toBeUndefined();
  });
});

describe('deleting a key', () => {
  it('takes the tokens that it signed, and no others', async () => {
    await rotate({ force: true });
    const later = await getToken(postern.ports, client);
    const path = `/keys/${await kidOfThe('previous')}`;
    expect(await decisionOn(postern.ports, token)).toBe(200);
    expect((await call('DELETE', path)).status).toBe(204);
    expect(await decisionOn(postern.ports, token)).toBe(401);
    expect(await decisionOn(postern.ports, later)).toBe(200);
    expect((await call('DELETE', path)).status).toBe(404);
  });

  it('is refused while it signs or soon will, and says what to do', async () => {
    for (const { kid, state } of await keys()) {
      const reply = await call('DELETE', `/keys/${kid}`);
      expect([state, reply.status, reply.json.detail]).toEqual([
        state,
        409,
        expect.stringContaining('Rotate first'),
      ]);
    }
    expect(await keys()).toHaveLength(2);
  });
});

describe('the life of access tokens', () => {
  it('is that of the settings until it is set, and holds for tokens from then on', async () => {
    expect((await call('GET', '/config/tokens')).json).toEqual({ access: { expires_in: 3_600 } });
    const set = await call('PUT', '/config/tokens', { access: { expires_in: 60 } });
    expect([set.status, set.json]).toEqual([200, { access: { expires_in: 60 } }]);
    expect((await call('GET', '/config/tokens/')).json).toEqual(set.json);
    const short = await getToken(postern.ports, client);
    postern.advance(200);
    expect(await decisionOn(postern.ports, short)).toBe(401);
    expect(await decisionOn(postern.ports, token)).toBe(200);
  });

  it.each([59, 86_401, 0, -1, 60.5, '3600', null])('is never %j', async (seconds) => {
    expect((await call('PUT', '/config/tokens', { access: { expires_in: seconds } })).status).toBe(400);
    expect((await call('GET', '/config/tokens')).json).toEqual({ access: { expires_in: 3_600 } });
  });

  it.each([
    {},
    { access: {} },
    { refresh: { expires_in: 60 } },
    { access: { expires_in: 60, enabled: true } },
  ])('has no other shape: %j', async (body) => {
    expect((await call('PUT', '/config/tokens', body)).status).toBe(400);
  });
});
