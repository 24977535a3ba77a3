import { type Context, Hono } from 'hono';
import { lifeOf, type Session } from '../decision/session.ts';
import { mintToken, parseSessionId, type SessionId } from '../decision/token.ts';
import type { Clock } from '../lib/clock.ts';
import type { Secret } from '../lib/secret.ts';
import { type CookieSettings, clearCookie, setCookie } from './cookie.ts';
import type { SessionDirectory, SessionTable } from './ports.ts';
import { Problem } from './problems.ts';
import { limitBody, readBody, readQuery } from './read-request.ts';
import { creation, listing, ofSubject, rotation } from './session-requests.ts';

export type SessionsApi = {
  readonly table: SessionTable;
  readonly directory: SessionDirectory;
  readonly tenants: ReadonlySet<string>;
  readonly cookie: CookieSettings;
  readonly ttlSeconds: number;
  readonly idleSeconds: number;
  /** Whether a session's identity headers pass every proxy's buffers. */
  readonly fits: (session: Session) => boolean;
  readonly clock: Clock;
};

const PAGE = 100;
/** How far ahead of ours an application's clock may be. */
const LEEWAY_SECONDS = 60;

/** `/management/v4/{tenant}/sessions`: applications that log users in create, change and end sessions here. */
export function createSessionsApi(api: SessionsApi): Hono {
  const routes = new Hono({ strict: false });
  routes.use(limitBody);
  routes.post('/', (context) => create(context, api));
  routes.get('/', (context) => list(context, api));
  routes.delete('/', async (context) => {
    await api.table.revokeSubject(tenantOf(context, api), readQuery(context, ofSubject).subject);
    return context.body(null, 204);
  });
  routes.post('/:id/rotate', (context) => rotate(context, api));
  routes.get('/:id', async (context) => context.json(await findLive(context, api)));
  routes.delete('/:id', async (context) => {
    await api.table.revoke(tenantOf(context, api), idOf(context));
    return context.body(null, 204);
  });
  return routes;
}

async function create(context: Context, api: SessionsApi): Promise<Response> {
  const tenant = tenantOf(context, api);
  const {
    ttlSeconds = api.ttlSeconds,
    idleSeconds = api.idleSeconds,
    ...asked
  } = await readBody(context, creation);
  const now = Math.floor(api.clock());
  const { token, id } = mintToken(asked.subject);
  const session: Session = {
    id,
    tenant,
    subject: asked.subject,
    subjectType: 'user',
    scope: asked.scope ?? [],
    roles: asked.roles ?? [],
    audience: asked.audience ?? [],
    amr: asked.amr ?? [],
    claims: asked.claims ?? {},
    authenticatedAt: authenticatedAt(asked.authenticatedAt ?? now, now),
    createdAt: now,
    expiresAt: now + ttlSeconds,
    idleSeconds,
    lastSeenAt: now,
  };
  refuseTooLarge(session, api);
  await api.table.create(session);
  return context.json(handOver(session, token, api), 201);
}

/**
 * A new token and id in the place of the old, so that whoever knew the old one before a login, a step-up or a
 * change of privilege holds nothing after it. What is not named stays, and so does the absolute end.
 */
async function rotate(context: Context, api: SessionsApi): Promise<Response> {
  const old = await findLive(context, api);
  const asked = await readBody(context, rotation);
  const now = Math.floor(api.clock());
  const { token, id } = mintToken(old.subject);
  const next: Session = {
    ...old,
    id,
    roles: asked.roles ?? old.roles,
    scope: asked.scope ?? old.scope,
    amr: asked.amr ?? old.amr,
    claims: asked.claims ?? old.claims,
    authenticatedAt: authenticatedAt(asked.authenticatedAt ?? old.authenticatedAt, now),
    createdAt: now,
    lastSeenAt: now,
  };
  refuseTooLarge(next, api);
  if (!(await api.table.rotate(old, next))) throw noSuchSession();
  return context.json(handOver(next, token, api));
}

async function list(context: Context, api: SessionsApi): Promise<Response> {
  const tenant = tenantOf(context, api);
  const { subject, cursor, limit = PAGE } = readQuery(context, listing);
  const page = await api.directory.list(tenant, subject, {
    limit,
    ...(cursor !== undefined && { before: cursor }),
  });
  const now = api.clock();
  return context.json({
    sessions: page.sessions.filter((session) => lifeOf(session, now) === 'live'),
    ...(page.next !== undefined && { cursor: String(page.next) }),
  });
}

async function findLive(context: Context, api: SessionsApi): Promise<Session> {
  const session = await api.directory.find(tenantOf(context, api), idOf(context));
  if (session === undefined || lifeOf(session, api.clock()) !== 'live') throw noSuchSession();
  return session;
}

/** The one answer that shows a token. */
function handOver(session: Session, token: Secret, { cookie, clock }: SessionsApi) {
  const { id, expiresAt } = session;
  const maxAge = Math.max(0, expiresAt - Math.floor(clock()));
  return {
    id,
    token: token.reveal(),
    expiresAt,
    setCookie: setCookie(cookie, token, maxAge),
    clearCookie: clearCookie(cookie),
  };
}

function authenticatedAt(claimed: number, now: number): number {
  if (claimed <= now + LEEWAY_SECONDS) return Math.min(claimed, now);
  const fault = { path: 'authenticatedAt', message: 'must not lie in the future' };
  throw new Problem(400, 'Bad Request', 'The session would pass for a login that has not happened yet.', [
    fault,
  ]);
}

function refuseTooLarge(session: Session, { fits }: SessionsApi): void {
  if (fits(session)) return;
  const detail = 'Its identity headers would be larger than 3 KiB, which proxies refuse. Give it less.';
  throw new Problem(400, 'Bad Request', detail);
}

function tenantOf(context: Context, { tenants }: SessionsApi): string {
  const tenant = context.req.param('tenant') ?? '';
  if (!tenants.has(tenant)) throw new Problem(404, 'Not Found', 'There is no such tenant.');
  return tenant;
}

function idOf(context: Context): SessionId {
  const id = parseSessionId(context.req.param('id') ?? '');
  if (id === undefined) throw noSuchSession();
  return id;
}

function noSuchSession(): Problem {
  return new Problem(
    404,
    'Not Found',
    'There is no such session. An id is two characters, a dot and 43 characters.',
  );
}
