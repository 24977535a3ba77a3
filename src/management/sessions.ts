import type { z } from 'zod';
import { lifeOf, type Session } from '../decision/session.ts';
import { mintToken, parseSessionId, type SessionId } from '../decision/token.ts';
import type { Clock } from '../lib/clock.ts';
import type { Secret } from '../lib/secret.ts';
import { type CookieSettings, clearCookie, setCookie } from './cookie.ts';
import { bindingOf, chooseDomain, domainOf } from './cookie-domain.ts';
import { pageOf } from './paging.ts';
import type { SessionDirectory, SessionTable } from './ports.ts';
import { Problem } from './problems.ts';
import type { handedOver } from './session-answers.ts';
import type { creation, listing, rotation } from './session-requests.ts';

export type SessionsApi = {
  readonly table: SessionTable;
  readonly directory: SessionDirectory;
  readonly cookie: CookieSettings;
  readonly ttlSeconds: number;
  readonly idleSeconds: number;
  /** Whether a session's identity headers pass every proxy's buffers. */
  readonly fits: (session: Session) => boolean;
  readonly clock: Clock;
};

/** How far ahead of ours an application's clock may be. */
const LEEWAY_SECONDS = 60;

type HandedOver = z.input<typeof handedOver>;

export async function createSession(
  api: SessionsApi,
  tenant: string,
  { ttlSeconds = api.ttlSeconds, idleSeconds = api.idleSeconds, ...asked }: z.output<typeof creation>,
): Promise<HandedOver> {
  const { domains } = api.cookie;
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
    ...bindingOf(chooseDomain(asked.domain, domains), domains),
  };
  refuseTooLarge(session, api);
  await api.table.create(session);
  return handOver(session, token, api);
}

/**
 * A new token and id in the place of the old, so that whoever knew the old one before a login, a step-up or a
 * change of privilege holds nothing after it. What is not named stays, and so do the absolute end and the domain.
 */
export async function rotateSession(
  api: SessionsApi,
  tenant: string,
  text: string,
  asked: z.output<typeof rotation>,
): Promise<HandedOver> {
  const old = await findLive(api, tenant, text);
  // An access token has no rotation: it would become a cookie, with whatever claims are asked for.
  if (old.subjectType !== 'user') throw noSuchSession();
  const { domains } = api.cookie;
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
    ...bindingOf(domainOf(old, domains), domains),
  };
  refuseTooLarge(next, api);
  if (!(await api.table.rotate(old, next))) throw noSuchSession();
  return handOver(next, token, api);
}

export async function listSessions(
  api: SessionsApi,
  tenant: string,
  { subject, ...wanted }: z.output<typeof listing>,
) {
  const page = await api.directory.list(tenant, subject, pageOf(wanted));
  const now = api.clock();
  return {
    sessions: page.sessions.filter((session) => lifeOf(session, now) === 'live'),
    ...(page.next !== undefined && { cursor: String(page.next) }),
  };
}

/** The session of this id; 404 where there is none that is live, and where the text is no id. */
export async function findLive(api: SessionsApi, tenant: string, text: string): Promise<Session> {
  const session = await api.directory.find(tenant, idOf(text));
  if (session === undefined || lifeOf(session, api.clock()) !== 'live') throw noSuchSession();
  return session;
}

/** The one answer that shows a token. */
function handOver(session: Session, token: Secret, api: SessionsApi): HandedOver {
  const { cookie, clock } = api;
  const { id, expiresAt } = session;
  const domain = domainOf(session, cookie.domains);
  const maxAge = Math.max(0, expiresAt - Math.floor(clock()));
  return {
    id,
    token: token.reveal(),
    expiresAt,
    setCookie: setCookie(cookie, domain, token, maxAge),
    clearCookie: clearCookie(cookie, domain),
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

export function idOf(text: string): SessionId {
  const id = parseSessionId(text);
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
