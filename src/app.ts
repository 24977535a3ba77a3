import type { Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { Settings } from './config/schema.ts';
import type { FindByJwt, Session } from './decision/session.ts';
import type { Clock } from './lib/clock.ts';
import { createGuardedServer, type Guard } from './lib/http-server.ts';
import { closeGently, listen } from './lib/listen.ts';
import { createMembership } from './lib/network.ts';
import type { Secret } from './lib/secret.ts';
import { type Admin, createAdminApp } from './management/admin.ts';
import { createAuthentication } from './management/authentication.ts';
import { createErrorHandler, notFound } from './management/problems.ts';
import { sessionRoutes } from './management/session-routes.ts';
import { createForeignIssuer } from './oauth/jwt/foreign/issuer.ts';
import { createFindByJwt } from './oauth/jwt/verify.ts';
import { createDecisionServer } from './proxy/decisions.ts';
import { fitsProxies, identityHeaders } from './proxy/identity-headers.ts';
import { openRedisStore } from './store/redis/redis-store.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';
import type { Telemetry } from './telemetry.ts';

/** What everything is composed from. */
export type Parts = {
  readonly settings: Settings;
  readonly adminToken: Secret;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
};

export type Postern = {
  readonly servers: { readonly decision: Server; readonly public: Server; readonly admin: Server };
  /** Takes no new connection, answers what is under way, and closes the store. */
  readonly stop: () => Promise<void>;
};

/** Listens. Rejects where an address is taken or the embedded store can't be opened; a Redis that is away is no error. */
export async function startPostern(parts: Parts): Promise<Postern> {
  const store = openStore(parts);
  const servers = {
    decision: createDecisions(parts, store),
    public: serveApp(createPublicApp(parts), (status) => parts.telemetry.refused('public', status)),
    admin: serveApp(createAdminApp(composeAdmin(parts, store)), (status) =>
      parts.telemetry.refused('admin', status),
    ),
  };
  const stop = async () => {
    await Promise.all(Object.values(servers).map(closeGently));
    await store.close();
  };
  try {
    await listen(servers.decision, parts.settings.listen.decision);
    await listen(servers.public, parts.settings.listen.public);
    await listen(servers.admin, parts.settings.listen.admin);
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers, stop };
}

function openStore({ settings, telemetry, clock }: Parts): Store {
  const { storeUrl, storePrefix } = settings;
  return storeUrl.engine === 'sqlite'
    ? openSqliteStore(storeUrl.path, clock, telemetry.store)
    : openRedisStore(storeUrl.url, storePrefix, clock, telemetry.store);
}

function createDecisions(parts: Parts, store: Store): Server {
  const { settings, telemetry, clock } = parts;
  const { findRow, touch } = store;
  return createDecisionServer({
    policies: Object.entries(settings.policies).map(([name, policy]) => ({ name, ...policy })),
    reading: {
      cookieName: settings.session.cookie.name,
      takesPairs: settings.issuers.some(({ bearerPair }) => bearerPair),
    },
    find: async (tenant, id) => (await findRow(tenant, id))?.session,
    findByJwt: createForeign(parts, store),
    touch,
    isTrusted: createMembership(settings.trustedProxies),
    clock,
    observe: telemetry.decided,
    observeUnrouted: telemetry.unrouted,
    observeRefused: (status) => telemetry.refused('decision', status),
    report: telemetry.report,
  });
}

function createForeign({ settings, telemetry, clock }: Parts, store: Store): FindByJwt {
  const edge = { fetch, clock, report: telemetry.report, denials: store.foreignDenials };
  const issuers = settings.issuers.map((issuer) => createForeignIssuer(issuer, edge));
  return createFindByJwt(new Map(issuers.map((issuer) => [issuer.issuer, issuer])), clock);
}

/** The issuer's listener. As long as nothing is issued, there is nothing on it. */
function createPublicApp({ telemetry }: Parts): Hono {
  return new Hono().notFound(notFound).onError(createErrorHandler(telemetry.report));
}

/** Its `routes` are every route of the management API that there is. */
export function composeAdmin({ settings, adminToken, telemetry, clock }: Parts, store: Store): Admin {
  const { cookie, ttlSeconds, idleSeconds } = settings.session;
  const { table, directory } = store;
  const fits = (session: Session) => fitsProxies(identityHeaders(session));
  return {
    tenants: new Set(Object.keys(settings.tenants)),
    authenticate: createAuthentication(adminToken),
    routes: sessionRoutes({ table, directory, cookie, ttlSeconds, idleSeconds, fits, clock }),
    readiness: async () => {
      const { answers, warnings } = await store.health();
      return { ready: answers, store: answers ? 'up' : 'down', warnings };
    },
    metrics: telemetry.metrics,
    observe: telemetry.managed,
    report: telemetry.report,
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function serveApp(app: Hono, refused: Guard['refused']): Server {
  const handle = getRequestListener(app.fetch);
  const guard = { methods: METHODS, takesBodies: true, refused };
  return createGuardedServer((request, response) => void handle(request, response), guard);
}
