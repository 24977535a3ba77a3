import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API, type ForeignSite, now, startForeignSite } from '../../../support/foreign-site.ts';

let site: ForeignSite;
beforeAll(async () => {
  site = await startForeignSite();
});
afterAll(() => site.close());

describe('tokens of foreign issuers at the decision listener', () => {
  it('are those of Logto', async () => {
    const reply = await site.ask('orders', site.logto());
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      'x-auth-subject': 'u-logto',
      'x-auth-subject-type': 'user',
      'x-auth-tenant': 'default',
      'x-auth-client-id': 'm2m',
      'x-auth-scope': 'orders:read orders:write',
      'x-auth-audience': API,
    });
    expect((await site.ask('orders', site.logto({ scope: 'orders:write' }))).status).toBe(403);
  });

  it('are those of App ID, whose keys name no algorithm, with the ID token beside them', async () => {
    const alone = await site.ask('default', site.appId());
    expect(alone.status).toBe(200);
    expect(alone.headers).toMatchObject({ 'x-auth-subject': 'u-appid', 'x-auth-amr': 'cloud_directory' });
    const idToken = site.appId({ scope: undefined, email: 'ada@example.com', name: 'Zoë' });
    const pair = await site.ask('default', `${site.appId()} ${idToken}`);
    expect(pair.status).toBe(200);
    expect(pair.headers).toMatchObject({ 'x-auth-email': 'ada@example.com', 'x-auth-name': 'Zo%C3%AB' });
    const another = await site.ask(
      'default',
      `${site.appId()} ${site.appId({ sub: 'eve', email: 'eve@example.com' })}`,
    );
    expect([another.status, another.headers['x-auth-email']]).toEqual([200, '']);
    expect((await site.ask('default', `${site.appId({ exp: now() - 1 })} ${idToken}`)).status).toBe(401);
    expect((await site.ask('default', `${site.logto()} ${site.logto()}`)).status).toBe(401);
  });

  it('are those of a provider that is asked where its keys are, with roles in a claim', async () => {
    const reply = await site.ask('staff', site.oidc());
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({ 'x-auth-subject': 'u-oidc', 'x-auth-roles': 'staff' });
    expect((await site.ask('staff', site.oidc({ groups: ['guests'] }))).status).toBe(403);
  });

  it.each(['auth-request', 'forward-auth'])('are the same in every dialect: %s', async (dialect) => {
    expect((await site.ask('default', site.oidc(), dialect)).status).toBe(200);
    expect((await site.ask('default', site.oidc({ aud: 'other' }), dialect)).status).toBe(401);
  });

  it('are none of another tenant', async () => {
    expect((await site.ask('acme', site.oidc())).status).toBe(401);
  });

  it('are denied also where anonymous may pass, once they are not good', async () => {
    expect((await site.ask('open', site.oidc())).headers['x-auth-subject']).toBe('u-oidc');
    expect((await site.ask('open', site.oidc({ exp: now() - 1 }))).status).toBe(401);
  });

  it('expire by the clock', async () => {
    const token = site.oidc();
    expect((await site.ask('default', token)).status).toBe(200);
    site.postern.advance(301);
    expect((await site.ask('default', token)).status).toBe(401);
    site.postern.advance(-301);
  });
});
