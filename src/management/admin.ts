import { Hono } from 'hono';
import { type Mounting, mount, refuseMethod } from './mount.ts';
import { describeRoutes } from './openapi.ts';
import { createErrorHandler, notFound } from './problems.ts';
import type { Route } from './route.ts';

export type Admin = Mounting & {
  readonly routes: readonly Route[];
  /** Never rejects. */
  readonly readiness: () => Promise<Readiness>;
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly report: (error: unknown) => void;
};

export type Readiness = {
  readonly ready: boolean;
  readonly store: 'up' | 'down';
  /** Why decisions are turned away now; absent where none is. */
  readonly overloaded?: string;
  readonly warnings: readonly string[];
};

/** The admin listener: whatever an operator or an application's back end asks for, and no decision. */
export function createAdminApp(admin: Admin): Hono {
  const app = new Hono({ strict: false });
  app.use(async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
  });
  serveOpenly(app, admin);
  mount(app, admin.routes, admin);
  app.notFound(notFound);
  app.onError(createErrorHandler(admin.report));
  return app;
}

const OPEN = ['/livez', '/readyz', '/metrics', '/openapi.json'];

/** Of a request target as it was sent. Answered under any load, since probes and metrics are what tells of it. */
export const isOpen = (target: string): boolean => OPEN.includes(target.split('?', 1)[0] ?? '');

/** What asks for no token: a probe has none, and the document says nothing that the public source does not. */
function serveOpenly(app: Hono, { routes, readiness, metrics }: Admin): void {
  const document = describeRoutes(routes);
  app.get('/livez', (context) => context.json({ alive: true }));
  app.get('/readyz', async (context) => {
    const found = await readiness();
    return context.json(found, found.ready ? 200 : 503);
  });
  app.get('/metrics', async (context) => {
    const { contentType, text } = await metrics();
    return context.body(text, 200, { 'Content-Type': contentType });
  });
  app.get('/openapi.json', (context) => context.json(document));
  for (const path of OPEN) {
    app.all(path, (context) => refuseMethod(context, 'GET, HEAD'));
  }
}
