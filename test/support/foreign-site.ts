import { systemClock } from '../../src/lib/clock.ts';
import { send } from './http.ts';
import { startKeyHost } from './key-host.ts';
import { startInProcess } from './postern.ts';
import { createSigner, type Part, signToken } from './tokens.ts';

export const API = 'https://api.example.com/orders';
const CLIENT = '5f4e8a2c-9b1d-4c3e-8f7a-0123456789ab';
const logtoKey = createSigner('ES384', 'logto-1');
const appIdKey = createSigner('RS256', 'appId-1');
export const oidcKey = createSigner('RS256', 'oidc-1');
const appIdJwk = { ...appIdKey.jwk, alg: undefined, use: 'sig' };

export const now = (): number => Math.floor(systemClock());

export type ForeignSite = Awaited<ReturnType<typeof startForeignSite>>;

/** A Postern that takes tokens of issuers like Logto, App ID and an OIDC provider, and of one that is away. */
export async function startForeignSite() {
  const host = await startKeyHost();
  const at = (path: string) => host.url + path;
  const issuers = { logto: at('/logto'), appId: at('/appid'), oidc: at('/oidc'), away: at('/away') };
  host.serve({
    '/logto/jwks': { keys: [logtoKey.jwk] },
    '/appid/publickeys': { keys: [appIdJwk] },
    '/oidc/.well-known/openid-configuration': { issuer: issuers.oidc, jwks_uri: at('/oidc/certs') },
    '/oidc/certs': { keys: [{ ...oidcKey.jwk, kid: 'encryption', use: 'enc' }, oidcKey.jwk] },
  });
  const { logto, appId, oidc, away } = issuers;
  const postern = await startInProcess({
    tenants: { default: {}, acme: {} },
    policies: {
      default: {},
      orders: { audience: API, scope: ['orders:read'] },
      staff: { roles: ['staff'] },
      open: { anonymous: true },
      acme: { tenant: 'acme' },
    },
    issuers: [
      { issuer: logto, jwksUri: at('/logto/jwks'), audience: API, algorithms: ['ES384'], typ: ['at+jwt'] },
      { issuer: appId, jwksUri: at('/appid/publickeys'), audience: CLIENT, typ: ['JWT'], bearerPair: true },
      { issuer: oidc, audience: 'orders', claims: { roles: 'groups' } },
      { issuer: away, audience: API },
    ],
  });
  return {
    host,
    postern,
    issuers,
    ...tokensOf(issuers),
    ask: (policy: string, credential: string, dialect = 'auth-request') =>
      send(postern.ports.decision, {
        path: `/${dialect}/${policy}`,
        headers: ['Authorization', `Bearer ${credential}`],
      }),
    close: async () => {
      await postern.close();
      await host.close();
    },
  };
}

/** A token as each of them issues it, save what the test changes. */
function tokensOf(issuers: Readonly<Record<'logto' | 'appId' | 'oidc', string>>) {
  return {
    logto: (changes: object = {}, header: Part = {}, signer = logtoKey) => {
      const claims = { iss: issuers.logto, sub: 'u-logto', aud: API, client_id: 'm2m' };
      const rest = {
        jti: crypto.randomUUID(),
        scope: 'orders:read orders:write',
        iat: now(),
        exp: now() + 3600,
      };
      return signToken(signer, { ...claims, ...rest, ...changes }, header);
    },
    appId: (changes: object = {}) => {
      const claims = { iss: issuers.appId, sub: 'u-appid', aud: [CLIENT], tenant: 't' };
      const rest = { scope: 'openid appid_default', amr: ['cloud_directory'], iat: now(), exp: now() + 3600 };
      return signToken(appIdKey, { ...claims, ...rest, ...changes }, { typ: 'JWT', ver: 4 });
    },
    oidc: (changes: object = {}) => {
      const claims = { iss: issuers.oidc, sub: 'u-oidc', aud: ['orders', 'account'], azp: 'spa' };
      const rest = { groups: ['staff'], iat: now(), exp: now() + 300 };
      return signToken(oidcKey, { ...claims, ...rest, ...changes }, { typ: 'JWT' });
    },
  };
}
