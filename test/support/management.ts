import { compose, composeAdmin } from '../../src/app.ts';
import { settingsSchema } from '../../src/config/schema.ts';
import { createInForce } from '../../src/gate-settings.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createAdminApp } from '../../src/management/admin.ts';
import { createAuthentication, type FindCaller } from '../../src/management/authentication.ts';
import type { ManagedEvent } from '../../src/management/mount.ts';
import { BASE, type Route } from '../../src/management/route.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { ADMIN_TOKEN, SECRET_KEY } from './postern.ts';

/**
 * The admin listener as `app.ts` composes it, with every route there is, on a store that tells what was asked of it:
 * a test that goes through `routes` needs no edit where a route is added.
 */
export function composeManagement(findCaller?: FindCaller) {
  const calls: string[] = [];
  const events: ManagedEvent[] = [];
  const reports: unknown[] = [];
  const store = openSqliteStore(':memory:', systemClock, {
    called: (operation) => void calls.push(operation),
    changed: () => undefined,
    warned: () => undefined,
  });
  const settings = settingsSchema.parse({ tenants: { default: {}, acme: {} } });
  const adminToken = new Secret(ADMIN_TOKEN);
  const parts = {
    settings,
    adminToken,
    secretKey: new Secret(SECRET_KEY),
    telemetry: createTelemetry('silent'),
    clock: systemClock,
    watchLoop: () => () => undefined,
    fail: () => undefined,
  };
  const inForce = createInForce(settings);
  const admin = composeAdmin(parts, store, compose(parts, store, inForce).issuing, inForce);
  const app = createAdminApp({
    ...admin,
    authenticate: createAuthentication(adminToken, findCaller),
    observe: (event) => void events.push(event),
    report: (error) => void reports.push(error),
  });
  /** As the admin, unless the headers say otherwise. */
  const ask = async (method: string, path: string, body?: string | Uint8Array, headers: object = {}) =>
    app.request(path, {
      method,
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body }),
    });
  return { ask, routes: admin.routes, calls, events, reports, close: () => store.close() };
}

/** A path that reaches the route: every segment that takes any is a session's id, which is the strictest of them. */
export function pathTo({ path }: Route): string {
  return (BASE + path).replace('{tenant}', 'default').replaceAll(/\{\w+\}/g, `00.${'a'.repeat(43)}`);
}

/** Whether the route is one of those at a path as it is requested. */
export function isAt(requested: string, { path }: Route): boolean {
  return new RegExp(`^${(BASE + path).replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(requested);
}

/** As a row of `it.each`: what it is called, and the route. */
export function rowsOf(routes: readonly Route[]): [string, Route][] {
  return routes.map((route) => [`${route.method} ${route.path}`, route]);
}
