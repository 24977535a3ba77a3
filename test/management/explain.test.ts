import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, describedCalls } from '../support/described.ts';
import { createSession, type NewSession, send } from '../support/http.ts';
import { composeManagement } from '../support/management.ts';
import { ADMIN_TOKEN, type InProcess, startInProcess } from '../support/postern.ts';
import { startRedis } from '../support/redis.ts';
import { untilReady } from '../support/site.ts';

const SETTINGS = {
  tenants: { default: {}, acme: {} },
  policies: {
    default: {},
    acme: { tenant: 'acme' },
    shop: {
      rules: [
        { path: '/public/**', anonymous: true },
        { path: '/admin/**', roles: ['admin'] },
      ],
    },
  },
};

let postern: InProcess;
let call: Call;
let live: NewSession;
beforeAll(async () => {
  postern = await startInProcess(SETTINGS);
  call = await describedCalls(postern.ports);
  live = await createSession(postern.ports.admin, { subject: 'ada', roles: ['staff'] });
});
afterAll(() => postern.close());

describe('an explanation', () => {
  it('names the outcome, the reason and the rule', async () => {
    const request = { method: 'GET', url: 'https://shop.example.com/admin/x' };
    const asked = { policy: 'shop', request, credential: { token: live.token } };
    const { json } = await call('POST', '/explain', asked);
    expect(json).toMatchObject({ outcome: 'forbid', reason: 'role', rule: 2 });
    expect(json.steps.map(({ step, ok }: { step: string; ok?: boolean }) => [step, ok])).toEqual([
      ['request', true],
      ['rule', true],
      ['credential', true],
      ['session', true],
      ['requirement', false],
      ['decision', false],
    ]);
  });

  it('ADM-10 is for the policies and the sessions of its tenant alone', async () => {
    const acme = await describedCalls(postern.ports, 'acme');
    for (const policy of ['default', 'nothing', '', '../default', '__proto__']) {
      expect((await acme('POST', '/explain', { policy })).status).toBe(404);
    }
    const { json } = await acme('POST', '/explain', { policy: 'acme', credential: { sessionId: live.id } });
    expect([json.outcome, json.reason]).toEqual(['challenge', 'unknown']);
    expect(JSON.stringify(json)).not.toContain('ada');
  });

  it.each([
    { policy: 'default', credential: {} },
    { policy: 'default', credential: { token: 'a', cookie: 'b' } },
    { policy: 'default', credential: { sessionId: 'no-id' } },
    { policy: 'default', clientAddress: '192.0.2.1, 192.0.2.2' },
    { policy: 'default', request: { url: 'https://a.example.com/' } },
  ])('is refused where the question is none: %j', async (body) => {
    expect((await call('POST', '/explain', body)).status).toBe(400);
  });

  it('reads the row once, as a decision does, and writes nothing', async () => {
    const management = composeManagement();
    const path = '/management/v4/default';
    const made = await management.ask('POST', `${path}/sessions`, JSON.stringify({ subject: 'ada' }));
    const { token } = JSON.parse(await made.text());
    const explain = async (credential: object) => {
      management.calls.length = 0;
      const body = JSON.stringify({ policy: 'default', ...credential });
      const reply = await management.ask('POST', `${path}/explain`, body);
      return [JSON.parse(await reply.text()).outcome, ...management.calls];
    };
    expect(await explain({ credential: { cookie: token } })).toEqual(['allow', 'find']);
    expect(await explain({})).toEqual(['challenge']);
    await management.close();
  });

  it('is there also while the store is away: the outcome is unavailable', async () => {
    const redis = await startRedis();
    const away = await startInProcess({ storeUrl: redis.url });
    await untilReady(away.ports.admin);
    await redis.kill();
    const body = JSON.stringify({ policy: 'default', credential: { token: live.token } });
    const headers = ['Authorization', `Bearer ${ADMIN_TOKEN}`, 'Content-Type', 'application/json'];
    const path = '/management/v4/default/explain';
    const reply = await send(away.ports.admin, { method: 'POST', path, headers, body });
    expect([reply.status, JSON.parse(reply.body)]).toMatchObject([
      200,
      { outcome: 'unavailable', reason: 'store_unavailable', statuses: { 'auth-request': 503 } },
    ]);
    await away.close();
    await redis.close();
  });
});
