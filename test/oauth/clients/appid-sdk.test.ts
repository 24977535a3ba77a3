import appid from 'ibmcloud-appid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  decisionOn,
  getToken,
  issuerOf,
  type Registered,
  registerApplication,
  tamper,
} from '../../support/issuer.ts';
import { type InProcess, startInProcess } from '../../support/postern.ts';

/** Before the SDK is there: it fills the standard output otherwise. */
vi.hoisted(() => {
  process.env.LOG4JS_CONFIG = `${import.meta.dirname}/../../support/log4js.json`;
});

const { APIStrategy, TokenManager } = appid;

let postern: InProcess;
let application: Registered;
beforeAll(async () => {
  postern = await startInProcess({ tenants: { default: { tokenProfile: 'appid' }, other: {} } });
  application = await registerApplication(postern.ports);
});
afterAll(() => postern.close());

const options = () => ({ oauthServerUrl: issuerOf(postern.ports), tenantId: 'default' });

const managed = (client: Registered) => new TokenManager({ ...options(), ...client });

type Verdict =
  | { readonly user: unknown; readonly payload: unknown }
  | { readonly challenge: string; readonly status: number };

/** Calls the strategy as passport does: it is given a request, and calls back. */
function protect(
  token: string,
  required: { readonly scope?: string; readonly audience?: string } = {},
): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const request = {
      header: () => `Bearer ${token}`,
      appIdAuthorizationContext: { accessTokenPayload: {} },
    };
    const strategy = Object.assign(new APIStrategy(options()), {
      success: (user: unknown) =>
        resolve({ user, payload: request.appIdAuthorizationContext.accessTokenPayload }),
      fail: (challenge: string, status: number) => resolve({ challenge, status }),
      error: reject,
    });
    strategy.authenticate(request, required);
  });
}

const REFUSED = { challenge: 'Bearer scope="appid_default", error="invalid_token"', status: 401 };

describe("App ID's SDK, against a tenant of the profile appid", () => {
  it('its TokenManager gets a token and finds it valid; its APIStrategy lets it pass', async () => {
    const { accessToken, tokenType, expiresIn } = await managed(application).getApplicationIdentityToken();
    expect({ tokenType, expiresIn }).toEqual({ tokenType: 'Bearer', expiresIn: 3_600 });
    expect(await protect(accessToken, { audience: application.clientId })).toMatchObject({
      user: null,
      payload: {
        iss: issuerOf(postern.ports),
        sub: application.clientId,
        aud: [application.clientId],
        amr: ['appid_client_credentials'],
        tenant: 'default',
        ver: 4,
      },
    });
    expect(await decisionOn(postern.ports, accessToken)).toBe(200);
  });

  it('its TokenManager is told that a secret is wrong', async () => {
    const asked = managed({ ...application, secret: 'wrong' }).getApplicationIdentityToken();
    await expect(asked).rejects.toThrow('Unauthorized');
  });

  it('its APIStrategy refuses a tampered token', async () => {
    const token = await getToken(postern.ports, application);
    expect(await protect(tamper(token))).toEqual(REFUSED);
  });

  it('its APIStrategy refuses a token of another tenant', async () => {
    const stranger = await registerApplication(postern.ports, {}, 'other');
    expect(await protect(await getToken(postern.ports, stranger, {}, 'other'))).toEqual(REFUSED);
  });

  it('its APIStrategy refuses what is no token', async () => {
    expect(await protect('nothing')).toEqual(REFUSED);
  });

  it('its APIStrategy refuses an expired token', async () => {
    // The SDK's own clock can't be moved, so the token is from a time that is past.
    postern.advance(-3_601);
    const token = await getToken(postern.ports, application);
    postern.advance(3_601);
    expect(await protect(token)).toEqual(REFUSED);
    expect(await decisionOn(postern.ports, token)).toBe(401);
  });

  it('its APIStrategy asks for scopes and for the audience of a token', async () => {
    const token = await getToken(postern.ports, application);
    expect(await protect(token, { scope: 'orders:read' })).toMatchObject({
      challenge: 'Bearer scope="appid_default orders:read", error="insufficient_scope"',
      status: 401,
    });
    expect(await protect(token, { audience: 'https://orders.example' })).toMatchObject({ status: 401 });
  });
});
