import type { Session } from '../../src/decision/session.ts';
import { mintToken } from '../../src/decision/token.ts';
import { systemClock } from '../../src/lib/clock.ts';

/** A session as the management API makes one, alive for an hour from now. */
export function sessionOf(changes: Partial<Session> = {}): Session {
  const now = Math.floor(systemClock());
  const subject = changes.subject ?? 'ada';
  return {
    id: mintToken(subject).id,
    tenant: 'default',
    subject,
    subjectType: 'user',
    scope: ['orders:read'],
    roles: ['staff'],
    audience: [],
    amr: ['pwd'],
    claims: { email: 'ada@example.com', level: 3, admin: false, groups: ['a', null] },
    authenticatedAt: now,
    createdAt: now,
    expiresAt: now + 3600,
    idleSeconds: 600,
    lastSeenAt: now,
    ...changes,
  };
}
