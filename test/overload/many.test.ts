import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCredential } from '../../src/decision/credential.ts';
import { parseParameters } from '../../src/oauth/parameters.ts';
import { cookieOf, createSession, type NewSession, send } from '../support/http.ts';
import { basicOf, present, type Registered, registerApplication } from '../support/issuer.ts';
import { type InProcess, startInProcess } from '../support/postern.ts';

let postern: InProcess;
let ada: NewSession;
let client: Registered;
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: { signingAlg: 'ES256' } } });
  ada = await createSession(postern.ports.admin, { subject: 'ada' });
  client = await registerApplication(postern.ports);
});
afterAll(() => postern.close());

const DECISION = '/auth-request/default';

describe('DOS-10 as many as fit', () => {
  const ask = (path: string, ...headers: readonly string[]) =>
    send(postern.ports.decision, { path, headers });

  it('parameters in the query of a decision change nothing', async () => {
    const query = Array.from({ length: 3_500 }, (_, index) => `a${index % 7}=`).join('&');
    expect((await ask(`${DECISION}?${query}`, ...cookieOf(ada))).status).toBe(200);
    expect((await ask(`${DECISION}?${query}`)).status).toBe(401);
  });

  it.each([
    ['nameless', '=;'],
    ['empty', ';'],
    ['of one name', 'a=b;'],
    ['named almost as ours', 'sessions=;'],
  ])('cookies that are %s hide no session', async (_, cookie) => {
    const many = cookie.repeat(Math.floor(15_000 / cookie.length));
    expect((await ask(DECISION, 'Cookie', `${many} session=${ada.token}`)).status).toBe(200);
    expect((await ask(DECISION, 'Cookie', many)).status).toBe(401);
  });

  it.each([
    ['of one name', () => 'a=b', 400],
    ['of names of their own', (index: number) => `${index.toString(36)}=`, 200],
    ['of names that are numbers', (index: number) => `${index}=`, 200],
  ])('parameters of the token endpoint %s are read', async (_, parameter, status) => {
    const many = Array.from({ length: 2_500 }, (_unused, index) => parameter(index)).join('&');
    const form = `grant_type=client_credentials&${many}`;
    expect((await present(postern.ports, { basic: basicOf(client), form })).status).toBe(status);
  });

  it.each(['__proto__', 'constructor'])('members named %s leave the process as it was', async (name) => {
    const json = `{${Array.from({ length: 800 }, () => `"${name}":"x"`).join()}}`;
    expect((await present(postern.ports, { basic: basicOf(client), json })).status).toBe(400);
    expect(Object.keys({})).toEqual([]);
  });
});

/** In one pass they take a fraction of a second, and each held against each a minute: any bound between tells them apart. */
describe('DOS-10 a hundred thousand, which never fit, are read in one pass', { timeout: 15_000 }, () => {
  const COUNT = 100_000;
  const many = (parameter: (index: number) => string, separator: string) =>
    Array.from({ length: COUNT }, (_, index) => parameter(index)).join(separator);
  const FORM = 'application/x-www-form-urlencoded';

  it.each([
    ['a form', FORM, () => many((index) => `p${index}=1`, '&')],
    ['a form of numbers', FORM, () => many((index) => `${index}=1`, '&')],
    ['a JSON object', 'application/json', () => `{${many((index) => `"p${index}":"1"`, ',')}}`],
    ['a JSON object of numbers', 'application/json', () => `{${many((index) => `"${index}":"1"`, ',')}}`],
  ])('parameters of %s', (_, type, body) => {
    expect(parseParameters(type, body()).size).toBe(COUNT);
  });

  it.each([
    ['nameless', () => '='],
    ['empty', () => ''],
    ['named almost as ours', () => 'sessions=1'],
    ['of names of their own', (index: number) => `c${index}=1`],
  ])('cookies that are %s', (_, cookie) => {
    const header = `${many(cookie, '; ')}; session=${ada.token}`;
    const reading = { cookieName: 'session', takesPairs: false };
    expect(readCredential(['Cookie', header], reading)).toMatchObject({ kind: 'token', source: 'cookie' });
  });
});
