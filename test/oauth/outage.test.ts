import { expect, it } from 'vitest';
import { manage, type Reply } from '../support/http.ts';
import {
  askIssuer,
  decisionOn,
  declareResource,
  getToken,
  type Registered,
  registerApplication,
} from '../support/issuer.ts';
import { type Ports, startInProcess } from '../support/postern.ts';
import { startRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

const ASKED = { grant_type: 'client_credentials' };

/** Asks again and again until the store is gone; gives every answer. */
async function until(gone: () => boolean, ask: () => Promise<Reply>): Promise<Reply[]> {
  const replies: Reply[] = [];
  while (!gone()) replies.push(await ask());
  return replies;
}

const statusesOf = (replies: readonly Reply[]) => new Set(replies.map(({ status }) => status));

const succeeded = (replies: readonly Reply[]) =>
  replies.filter(({ status }) => status < 300).map(({ body }) => JSON.parse(body));

/** All of it, page by page. */
async function audit(ports: Ports): Promise<{ action: string; target: string }[]> {
  const entries: { action: string; target: string }[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query: string = cursor === '' ? '' : `?cursor=${cursor}`;
    const page = JSON.parse((await manage(ports.admin, 'GET', `/default/audit${query}`)).body);
    entries.push(...page.entries);
    cursor = page.cursor;
  }
  return entries;
}

it('TOK-14 a Redis that is killed while tokens, revocations and registrations are under way: 503, and nothing is half there', async () => {
  const redis = await startRedis();
  const postern = await startInProcess({
    storeUrl: redis.url,
    limits: { applications: 1_000, resources: 1_000 },
    tenants: { default: { signingAlg: 'ES256' } },
  });
  const { ports } = postern;
  await untilReady(ports.admin);
  const client = await registerApplication(ports);
  const doomed: string[] = [];
  for (let index = 0; index < 100; index += 1) doomed.push(await getToken(ports, client));

  let gone = false;
  const revoked: { token: string; status: number }[] = [];
  const revokeNext = async () => {
    const token = doomed[revoked.length % doomed.length] ?? '';
    const reply = await askIssuer(ports, 'revoke', client, { token });
    revoked.push({ token, status: reply.status });
    return reply;
  };
  let number = 0;
  const declare = () => {
    number += 1;
    const body = { name: `n${number}`, indicator: `urn:n:${number}` };
    return manage(ports.admin, 'POST', '/default/resources', body);
  };
  const register = () => manage(ports.admin, 'POST', '/default/applications', { name: 'under way' });
  const underWay = [
    () => askIssuer(ports, 'token', client, ASKED),
    () => askIssuer(ports, 'token', client, ASKED),
    revokeNext,
    register,
    declare,
  ].map((ask) => until(() => gone, ask));
  // In the midst of it: some of each kind have been answered.
  while (revoked.length < 20 || number < 20) await getToken(ports, client);
  await redis.kill();
  for (const ask of [() => askIssuer(ports, 'token', client, ASKED), revokeNext, register, declare]) {
    const reply = await ask();
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
  }
  gone = true;
  const [first = [], second = [], , registrations = [], declarations = []] = await Promise.all(underWay);
  const tokens = [...first, ...second];
  for (const replies of [tokens, registrations, declarations]) {
    for (const status of statusesOf(replies)) expect([200, 201, 503]).toContain(status);
  }
  for (const { status } of revoked) expect([200, 503]).toContain(status);

  await redis.start();
  await untilReady(ports.admin);
  for (const { access_token: token } of succeeded(tokens)) expect(await decisionOn(ports, token)).toBe(200);
  for (const { token, status } of revoked) {
    const decided = await decisionOn(ports, token);
    expect(status === 200 ? [401] : [200, 401]).toContain(decided);
  }
  await expectWhole(ports, succeeded(registrations), succeeded(declarations));
  // And all of it works again.
  await declareResource(ports, { indicator: 'urn:after', scopes: ['read'] });
  expect(await decisionOn(ports, await getToken(ports, client))).toBe(200);
  await postern.close();
  await redis.close();
});

/** What was answered is there, and what is there has its entry in the audit trail, once. */
async function expectWhole(
  ports: Ports,
  registered: readonly Registered[],
  declared: readonly { id: string }[],
): Promise<void> {
  const { applications } = JSON.parse((await manage(ports.admin, 'GET', '/default/applications')).body);
  const { resources } = JSON.parse((await manage(ports.admin, 'GET', '/default/resources')).body);
  const clientIds = applications.map(({ clientId }: Registered) => clientId);
  const ids = resources.map(({ id }: { id: string }) => id).filter((id: string) => id !== 'management-api');
  for (const { clientId } of registered) expect(clientIds).toContain(clientId);
  for (const { id } of declared) expect(ids).toContain(id);
  const created = (await audit(ports)).filter(({ action }) => action.endsWith('.create'));
  const targets = created.filter(({ action }) => action !== 'key.create').map(({ target }) => target);
  expect(targets.toSorted()).toEqual([...clientIds, ...ids].toSorted());
  for (const client of registered) await getToken(ports, client);
}
