import type { Context, Hono } from 'hono';
import type { Settings } from './config/schema.ts';
import type { Facts } from './decision/resolve.ts';
import type { Session } from './decision/session.ts';
import type { Clock } from './lib/clock.ts';
import type { FindCaller } from './management/authentication.ts';
import type { RegistryApi } from './management/registry-api.ts';
import { createCheckAssertion } from './oauth/assertion.ts';
import { createAuthenticateClient } from './oauth/client-authentication.ts';
import type { Env } from './oauth/endpoint.ts';
import { createIdentityAssertions } from './oauth/identity-assertion.ts';
import { createInTurn } from './oauth/in-turn.ts';
import { createIntrospectionEndpoint } from './oauth/introspection.ts';
import { createIssuerApp, type IssuerEvent } from './oauth/issuer.ts';
import { LEEWAY_SECONDS } from './oauth/jwt/claims.ts';
import type { TrustedIssuer } from './oauth/jwt/issuer.ts';
import { createSignatures } from './oauth/jwt/signature.ts';
import { createFindByJwt, createVerify } from './oauth/jwt/verify.ts';
import type { DerivedSecrets } from './oauth/keys/sealing.ts';
import { createSigningKeys } from './oauth/keys/signing-keys.ts';
import { createOwnIssuer } from './oauth/own-issuer.ts';
import { createFindPresented } from './oauth/presented.ts';
import { createRevocationEndpoint } from './oauth/revocation.ts';
import { describeTenant, managementUrlOf, type Tenant } from './oauth/tenant.ts';
import { createTokenEndpoint } from './oauth/token.ts';
import type { Assert } from './proxy/gate.ts';
import { createApply } from './registry/changes.ts';
import { createFindSession } from './registry/find-session.ts';
import { createEffective } from './registry/permission.ts';
import type { RegistryStore } from './registry/ports.ts';
import { withBuiltIn } from './registry/resources.ts';
import { createSnapshots } from './registry/snapshots.ts';
import type { Store } from './store/store.ts';

export type IssuingParts = {
  readonly settings: Settings;
  readonly publicUrl: string;
  readonly store: Store;
  /** Those of the store, as far as it agrees on our secret key. */
  readonly registries: RegistryStore;
  readonly secrets: DerivedSecrets;
  readonly foreign: readonly TrustedIssuer[];
  readonly clock: Clock;
  readonly fits: (session: Session) => boolean;
  readonly addressOf: (context: Context) => string | undefined;
  readonly observe: (event: IssuerEvent) => void;
  readonly report: (error: unknown) => void;
};

/** What is declared and issued here, and what comes of it elsewhere. */
export type Issuing = {
  /** For decisions: tokens of foreign issuers too. */
  readonly facts: Facts;
  /** For applications behind the gate, which verify it. */
  readonly assert: Assert;
  readonly issuerApp: Hono<Env>;
  readonly registryApi: RegistryApi;
  readonly findCaller: FindCaller;
};

export function composeIssuing(parts: IssuingParts): Issuing {
  const { settings, publicUrl, store, registries, secrets, foreign, clock } = parts;
  const tenants = new Map(
    Object.entries(settings.tenants).map(([name, options]) => [
      name,
      describeTenant(name, options, publicUrl),
    ]),
  );
  const snapshots = createSnapshots(registries, (tenant, registry) =>
    withBuiltIn(registry, managementUrlOf(publicUrl, tenant)),
  );
  const apply = createApply(registries, snapshots);
  const keys = createSigningKeys({ snapshots, apply, secrets, rotationSeconds: settings.keyRotationSeconds });
  const issuers = [...tenants.values()].map((tenant) => createOwnIssuer(tenant, store.findRow, snapshots));
  const effective = createEffective(settings.cache.maxEntries);
  const own = issuers.map((trust) => trust(effective));
  const kept = issuers.map((trust) => trust((session) => session));
  const signatures = createSignatures();
  const findAmong = (trusted: readonly TrustedIssuer[]) =>
    createFindByJwt(new Map(trusted.map((issuer) => [issuer.issuer, issuer])), clock, signatures);
  const find = createFindSession(store.findRow, snapshots, effective);
  const ownFacts = { find, findByJwt: findAmong(own) };
  // Also of a token that is good for nothing now: it may be good again tomorrow, unless it was revoked.
  const keptFacts = { find: store.directory.find, findByJwt: findAmong(kept) };
  return {
    facts: { find, findByJwt: findAmong([...foreign, ...own]) },
    assert: createIdentityAssertions({ tenants, snapshots, keys, clock }),
    issuerApp: composeIssuerApp(parts, { tenants, snapshots, keys, ownFacts, keptFacts }),
    registryApi: {
      tenants,
      publicUrl,
      snapshots,
      apply,
      audit: registries.audit,
      keys,
      secrets,
      secretUses: store.secretUses,
      limits: settings.limits,
      denials: store.foreignDenials,
      lifeOfForeign: (tenant, issuer) => lifeOf(foreign, tenant, issuer),
    },
    findCaller: createFindCaller(ownFacts, tenants, clock),
  };
}

type Inside = Pick<RegistryApi, 'tenants' | 'snapshots' | 'keys'> & {
  readonly ownFacts: Facts;
  readonly keptFacts: Facts;
};

function composeIssuerApp(
  { store, secrets, clock, fits, addressOf, observe, report }: IssuingParts,
  { tenants, snapshots, keys, ownFacts, keptFacts }: Inside,
): Hono<Env> {
  return createIssuerApp({
    tenants,
    snapshots,
    keys,
    authenticate: createAuthenticateClient({
      secrets,
      checkAssertion: createCheckAssertion(createVerify(clock, createSignatures(0)), store.consumeOnce),
      strike: store.strike,
      secretUses: store.secretUses,
    }),
    addressOf,
    inTurn: createInTurn(),
    endpoints: {
      token: createTokenEndpoint({ keys, keep: store.table.create, fits, clock }),
      introspect: createIntrospectionEndpoint(createFindPresented(ownFacts, clock)),
      revoke: createRevocationEndpoint(createFindPresented(keptFacts, clock), store.table.revoke),
    },
    observe,
    report,
  });
}

/** An application may manage its tenant with a token for the built-in resource, issued here, that has the scope `all`. */
function createFindCaller(facts: Facts, tenants: ReadonlyMap<string, Tenant>, clock: Clock): FindCaller {
  const findPresented = createFindPresented(facts, clock);
  return async (name, token) => {
    const tenant = tenants.get(name);
    const session = tenant && (await findPresented(name, token));
    const isCaller = session?.audience.includes(tenant?.managementUrl ?? '') && session.scope.includes('all');
    return isCaller ? session?.clientId : undefined;
  };
}

/** How long a token can live from now on, with the leeway that it is given. */
function lifeOf(foreign: readonly TrustedIssuer[], tenant: string, issuer: string): number | undefined {
  const found = foreign.find((one) => one.tenant === tenant && one.issuer === issuer);
  return found && found.maxTokenSeconds + LEEWAY_SECONDS;
}
