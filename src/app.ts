import type { Server } from 'node:http';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import type { Settings } from './config/schema.ts';
import type { Session } from './decision/session.ts';
import { composeExplain } from './explaining.ts';
import { createInForce, type InForce } from './gate-settings.ts';
import { composeIssuing, type Issuing } from './issuing.ts';
import type { Clock } from './lib/clock.ts';
import type { WatchLoop } from './lib/event-loop.ts';
import { type Address, closeGently, listen } from './lib/listen.ts';
import { originOf } from './lib/network.ts';
import type { Secret } from './lib/secret.ts';
import { composeLoads, type Load, readinessUnder } from './load.ts';
import { type Admin, createAdminApp, isOpen } from './management/admin.ts';
import { createAuthentication } from './management/authentication.ts';
import { explainRoute } from './management/explain.ts';
import { registryRoutes } from './management/registry-routes.ts';
import { sessionRoutes } from './management/session-routes.ts';
import { createForeignIssuer } from './oauth/jwt/foreign/issuer.ts';
import { deriveSecrets } from './oauth/keys/sealing.ts';
import { createDecisions, type Decisions } from './proxy/decisions.ts';
import type { Gate } from './proxy/gate.ts';
import { type Agreement, createAgreement, watchAgreement } from './registry/agreement.ts';
import { serveApp } from './serve-app.ts';
import { openRedisStore } from './store/redis/redis-store.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

/** What everything is composed from. */
export type Parts = {
  readonly settings: Settings;
  readonly adminToken: Secret;
  readonly secretKey: Secret;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly watchLoop: WatchLoop;
  /** Told of what makes it useless to go on, once it listens: the store was used with another secret key. */
  readonly fail: (error: Error) => void;
};

export type Postern = {
  readonly servers: { readonly decision: Server; readonly public: Server; readonly admin: Server };
  /** From the next request on: policies, trust, and whatever else is no matter of the start. */
  readonly apply: (settings: Settings) => void;
  /** Takes no new connection, answers what is under way, and closes the store. */
  readonly stop: () => Promise<void>;
};

/** Listens. Rejects where an address is taken or the embedded store can't be opened; a Redis that is away is no error. */
export async function startPostern(parts: Parts): Promise<Postern> {
  const { settings, telemetry } = parts;
  const store = openStore(parts);
  if (store.cache !== undefined) telemetry.watchCache(store.cache);
  const inForce = createInForce(settings);
  const { agreement, issuing } = compose(parts, store, inForce);
  const loads = composeLoads(parts.watchLoop, telemetry);
  const decisions = composeDecisions(parts, store, issuing, inForce, loads.decision);
  const admin = composeAdmin(parts, store, issuing, inForce);
  const readiness = readinessUnder(loads.decision, admin.readiness);
  const servers = {
    decision: decisions.server,
    public: serveApp(issuing.issuerApp, loads.public, (status) => telemetry.refused('public', status)),
    admin: serveApp(
      createAdminApp({ ...admin, readiness }),
      loads.admin,
      (status) => telemetry.refused('admin', status),
      isOpen,
    ),
  };
  const watch = watchAgreement(agreement, parts.fail);
  const stop = async () => {
    watch.stop();
    loads.stop();
    await Promise.all(Object.values(servers).map(closeGently));
    await store.close();
  };
  try {
    await listen(servers.decision, settings.listen.decision);
    await listen(servers.public, settings.listen.public);
    await listen(servers.admin, settings.listen.admin);
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers, apply: (next) => decisions.apply(inForce.replace(next)), stop };
}

/** Whatever is declared and issued, on a store that agrees on our secret key. */
export function compose(
  parts: Parts,
  store: Store,
  inForce: InForce,
): { agreement: Agreement; issuing: Issuing } {
  const { settings, secretKey, telemetry, clock } = parts;
  const secrets = deriveSecrets(secretKey);
  const agreement = createAgreement(store.agreeOnSecret, secrets.fingerprint);
  const issuing = composeIssuing({
    settings,
    publicUrl: settings.publicUrl ?? defaultPublicUrl(settings.listen.public),
    store,
    registries: agreement.guard(store.registries),
    secrets,
    foreign: settings.issuers.map((issuer) =>
      createForeignIssuer(issuer, { fetch, clock, report: telemetry.report, denials: store.foreignDenials }),
    ),
    clock,
    fits: createFits(inForce),
    addressOf: createAddressOf(inForce),
    observe: telemetry.issued,
    report: telemetry.report,
  });
  return { agreement, issuing };
}

/** Whether the most that any answer says of a session passes the proxies. */
function createFits({ current }: InForce): (session: Session) => boolean {
  return (session) => current().identity.resolved.of(session).fits;
}

function createAddressOf({ current }: InForce): (context: Context) => string | undefined {
  return (context) =>
    originOf(getConnInfo(context).remote.address, context.req.header('X-Forwarded-For'), current().isTrusted);
}

/** For one machine: whoever listens on every address says by which of them clients come. */
function defaultPublicUrl(address: Address): string {
  if ('path' in address) throw new Error('the settings let a Unix socket through without a "publicUrl"');
  const host = ['0.0.0.0', '::'].includes(address.host) ? '127.0.0.1' : address.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

function openStore({ settings, telemetry, clock }: Parts): Store {
  const { storeUrl, storePrefix: prefix, storeTls: tlsFiles, storeSentinel: sentinelLogin, cache } = settings;
  if (storeUrl.engine === 'sqlite') return openSqliteStore(storeUrl.path, clock, telemetry.store);
  const location = { place: storeUrl.place, tlsFiles, sentinelLogin };
  return openRedisStore({ location, prefix, cache }, clock, telemetry.store, telemetry.cache);
}

function composeDecisions(
  { telemetry, clock }: Parts,
  { touch }: Store,
  { facts, assert }: Issuing,
  { current }: InForce,
  { overload, connections }: Load,
): Decisions {
  const gate: Gate = {
    overload,
    connections,
    facts,
    touch,
    assert,
    clock,
    observe: telemetry.decided,
    observeUnrouted: telemetry.unrouted,
    observeRefused: (status) => telemetry.refused('decision', status),
    report: telemetry.report,
  };
  return createDecisions(gate, current());
}

/** Its `routes` are every route of the management API that there is. */
export function composeAdmin(
  { settings, adminToken, telemetry, clock }: Parts,
  store: Store,
  { facts, registryApi, findCaller }: Issuing,
  inForce: InForce,
): Admin {
  const { cookie, ttlSeconds, idleSeconds } = settings.session;
  const { table, directory } = store;
  const sessions = { table, directory, cookie, ttlSeconds, idleSeconds, fits: createFits(inForce), clock };
  return {
    tenants: new Set(Object.keys(settings.tenants)),
    authenticate: createAuthentication(adminToken, findCaller),
    routes: [
      ...sessionRoutes(sessions),
      ...registryRoutes(registryApi),
      explainRoute(composeExplain({ settings: inForce.current, facts, clock })),
    ],
    readiness: async () => {
      const { answers, warnings } = await store.health();
      return { ready: answers, store: answers ? 'up' : 'down', warnings };
    },
    metrics: telemetry.metrics,
    observe: telemetry.managed,
    report: telemetry.report,
  };
}
