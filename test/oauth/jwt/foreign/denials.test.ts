import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ForeignSite, now, startForeignSite } from '../../../support/foreign-site.ts';
import { manage } from '../../../support/http.ts';

let site: ForeignSite;
beforeAll(async () => {
  site = await startForeignSite();
});
afterAll(() => site.close());

const status = async (token: string) => (await site.ask('default', token)).status;
const deny = (body: object, tenant = 'default') =>
  manage(site.postern.ports.admin, 'POST', `/${tenant}/denials`, body);

describe('JWT-19 a token of a foreign issuer', () => {
  it('is refused from the next decision on once it is denied by its jti, and no other is', async () => {
    const [token, other] = [site.logto({ jti: 'j-1' }), site.logto({ jti: 'j-2' })];
    expect([await status(token), await status(other)]).toEqual([200, 200]);
    expect((await deny({ issuer: site.issuers.logto, jti: 'j-1' })).status).toBe(204);
    expect([await status(token), await status(other)]).toEqual([401, 200]);
    expect(await status(site.logto({ jti: 'j-1' }))).toBe(401);
  });

  it('is refused once its subject is denied, if it was issued before', async () => {
    const subject = 'u-denied';
    const token = site.logto({ sub: subject });
    expect(await status(token)).toBe(200);
    expect((await deny({ issuer: site.issuers.logto, subject })).status).toBe(204);
    expect(await status(token)).toBe(401);
    expect(await status(site.logto({ sub: subject, iat: now() + 5 }))).toBe(200);
    expect(await status(site.logto())).toBe(200);
  });

  it('is denied for the issuers of the tenant alone, and not for a time to come', async () => {
    const { logto } = site.issuers;
    expect((await deny({ issuer: `${logto}/`, jti: 'j' })).status).toBe(400);
    expect((await deny({ issuer: logto, jti: 'j' }, 'acme')).status).toBe(400);
    expect((await deny({ issuer: logto, subject: 'ada', notBefore: now() + 60 })).status).toBe(400);
    expect((await deny({ issuer: logto, jti: 'j', subject: 'ada' })).status).toBe(400);
    expect((await deny({ issuer: logto, jti: 'j', notBefore: 1 })).status).toBe(400);
    expect((await deny({ issuer: logto })).status).toBe(400);
  });

  it('has an id that names no session here: nobody is told that it was revoked', async () => {
    const token = site.logto();
    const id = (await site.ask('default', token)).headers['x-auth-session-id'];
    expect((await manage(site.postern.ports.admin, 'DELETE', `/default/sessions/${id}`)).status).toBe(404);
    expect(await status(token)).toBe(200);
  });
});
