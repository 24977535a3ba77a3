import { type Context, Hono } from 'hono';
import type { Secret } from '../lib/secret.ts';
import { requireAdminToken } from './authentication.ts';
import { createErrorHandler, notFound, Problem } from './problems.ts';
import { createSessionsApi, type SessionsApi } from './sessions.ts';

export type Admin = {
  readonly adminToken: Secret;
  readonly sessions: SessionsApi;
  /** Never rejects. */
  readonly readiness: () => Promise<Readiness>;
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly report: (error: unknown) => void;
};

export type Readiness = {
  readonly ready: boolean;
  readonly store: 'up' | 'down';
  readonly warnings: readonly string[];
};

/** The admin listener: whatever an operator or an application's back end asks for, and no decision. */
export function createAdminApp(admin: Admin): Hono {
  const app = new Hono({ strict: false });
  app.use(async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
  });
  app.get('/livez', (context) => context.json({ alive: true }));
  app.get('/readyz', async (context) => {
    const readiness = await admin.readiness();
    return context.json(readiness, readiness.ready ? 200 : 503);
  });
  app.get('/metrics', async (context) => {
    const { contentType, text } = await admin.metrics();
    return context.body(text, 200, { 'Content-Type': contentType });
  });
  app.use('/management/*', requireAdminToken(admin.adminToken));
  app.route('/management/v4/:tenant/sessions', createSessionsApi(admin.sessions));
  for (const [path, methods] of Object.entries(METHODS)) app.all(path, refuseMethod(methods));
  app.notFound(notFound);
  app.onError(createErrorHandler(admin.report));
  return app;
}

const METHODS = {
  '/livez': 'GET, HEAD',
  '/readyz': 'GET, HEAD',
  '/metrics': 'GET, HEAD',
  '/management/v4/:tenant/sessions': 'GET, HEAD, POST, DELETE',
  '/management/v4/:tenant/sessions/:id': 'GET, HEAD, DELETE',
  '/management/v4/:tenant/sessions/:id/rotate': 'POST',
};

/** Reached where a path is known and none of its routes took the method. */
function refuseMethod(methods: string) {
  return (context: Context) => {
    context.header('Allow', methods);
    throw new Problem(405, 'Method Not Allowed', `This path takes ${methods}.`);
  };
}
