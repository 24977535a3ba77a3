import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { Authenticate } from './authentication.ts';
import { Problem } from './problems.ts';
import { limitBody, readBody, readQuery } from './read-request.ts';
import { type Actor, BASE, type Reply, type Route } from './route.ts';

export type Mounting = {
  readonly tenants: ReadonlySet<string>;
  readonly authenticate: Authenticate;
  /** Told of every write that somebody who may manage asked for, also where it failed. */
  readonly observe: (event: ManagedEvent) => void;
};

/** One write, as it is logged. Nothing in it is the client's own text. */
export type ManagedEvent = {
  readonly actor: Actor;
  readonly operation: string;
  readonly tenant: string;
  readonly status: number;
};

type Env = { Variables: { tenant: string; actor: Actor } };

/** Serves the routes. Whoever may not manage learns nothing below `/management`: not which paths there are, nor tenants. */
export function mount(app: Hono, routes: readonly Route[], mounting: Mounting): void {
  const api = new Hono<Env>();
  api.use('/management/*', admit(mounting));
  const sorted = routes.toSorted((left, right) => compare(shapeOf(left.path), shapeOf(right.path)));
  for (const route of sorted) {
    const steps = route.method === 'GET' ? [] : [watch(route, mounting.observe)];
    api.on(route.method, [patternOf(route.path)], ...steps, limitBody, (context) => serve(route, context));
  }
  for (const { path } of sorted) {
    const allow = methodsAt(path, routes);
    api.all(patternOf(path), (context) => refuseMethod(context, allow));
  }
  app.route('/', api);
}

const HOW_TO_BE_LET_IN =
  'Send Authorization: Bearer with the admin token, or with an access token that was issued here for the management ' +
  'API of this tenant and has the scope "all".';

/** The tenant whose caller is looked for is the one that the routes get: the path is read for it once, here. */
function admit({ tenants, authenticate }: Mounting): MiddlewareHandler<Env> {
  return async (context, next) => {
    const named = /^\/management\/v4\/([^/]+)/.exec(context.req.path)?.[1] ?? '';
    const tenant = tenants.has(named) ? named : undefined;
    const actor = await authenticate(context.req.header('Authorization'), tenant);
    if (actor === undefined) {
      context.header('WWW-Authenticate', 'Bearer realm="management"');
      throw new Problem(401, 'Unauthorized', HOW_TO_BE_LET_IN);
    }
    if (tenant === undefined) throw new Problem(404, 'Not Found', 'There is no such tenant.');
    context.set('tenant', tenant);
    context.set('actor', actor);
    await next();
  };
}

function watch({ operation }: Route, observe: Mounting['observe']): MiddlewareHandler<Env> {
  return async (context, next) => {
    await next();
    const { tenant, actor } = context.var;
    observe({ actor, operation, tenant, status: context.res.status });
  };
}

async function serve(route: Route, context: Context<Env>): Promise<Response> {
  const { tenant, actor } = context.var;
  const query = route.query && readQuery(context, route.query);
  const body = route.body && (await readBody(context, route.body));
  return render(await route.handle({ tenant, actor, params: context.req.param(), query, body }));
}

function render({ status, body, headers = {} }: Reply): Response {
  return body === undefined
    ? new Response(null, { status, headers })
    : Response.json(body, { status, headers });
}

/** Reached where a path is known and none of its routes took the method. */
export function refuseMethod(context: Context, allow: string): never {
  context.header('Allow', allow);
  throw new Problem(405, 'Method Not Allowed', `This path takes ${allow}.`);
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** As in `Allow`: of every route that a request to this path can reach. */
function methodsAt(path: string, routes: readonly Route[]): string {
  const reached = new Set(routes.filter((route) => reaches(route.path, path)).map(({ method }) => method));
  return METHODS.filter((method) => reached.has(method))
    .map((method) => (method === 'GET' ? 'GET, HEAD' : method))
    .join(', ');
}

/** "{" sorts behind every letter: of two paths that fit, the one that says the segment goes before the one that takes any. */
function shapeOf(path: string): string {
  return path.replaceAll(/\{\w+\}/g, '{');
}

function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

function reaches(path: string, other: string): boolean {
  const [segments, others] = [path.split('/'), other.split('/')];
  return (
    segments.length === others.length &&
    segments.every((segment, index) => segment === others[index] || segment.startsWith('{'))
  );
}

/** `{id}`, as OpenAPI writes it, is `:id` for the framework. */
function patternOf(path: string): string {
  return (BASE + path).replaceAll(/\{(\w+)\}/g, ':$1');
}
