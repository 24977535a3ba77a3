import type { Credential, Source } from './credential.ts';
import type { Decision } from './decide.ts';
import { explainRequest } from './explain-request.ts';
import { CHECKS, type Policy, type Requirements, type SessionRequirement } from './policy.ts';
import { DEAD, DOUBTFUL, MALFORMED } from './reasons.ts';
import type { Resolved } from './resolve.ts';
import type { Asked, Selected } from './select.ts';
import type { Session } from './session.ts';

/** What a decision looks at, in this order; the identity only where it stands in the way. */
export const STEPS = [
  'request',
  'rule',
  'network',
  'credential',
  'session',
  'requirement',
  'identity',
  'login',
  'decision',
] as const;

export type Step = {
  readonly step: (typeof STEPS)[number];
  /** False where this is why the request does not pass; undefined where nothing depends on it, or it is not known. */
  readonly ok: boolean | undefined;
  /** For people. Never a token. */
  readonly says: string;
};

/** What was asked. */
export type Question = {
  readonly credential: Credential;
  readonly asked: Asked;
  readonly policy: Policy;
};

/**
 * How a decision came about. It is the one that `resolve` has made, at `now`: whatever is said here is taken from it,
 * or asked of the functions that it was made by.
 */
export function explain(question: Question, resolved: Resolved, now: number): readonly Step[] {
  const { decision, selected } = resolved;
  const { outcome, reason } = decision;
  return [
    ...explainRequest(question.policy, question.asked, decision),
    ...(selected === undefined ? [] : explainIdentity(question.credential, selected, resolved, now)),
    { step: 'decision', ok: outcome === 'allow', says: `${outcome}: ${reason}` },
  ];
}

function explainIdentity(
  credential: Credential,
  { requirements }: Selected,
  resolved: Resolved,
  now: number,
): Step[] {
  const { decision } = resolved;
  return [
    explainCredential(credential, decision),
    ...(credential.kind === 'token' || credential.kind === 'jwt' ? [explainSession(resolved, now)] : []),
    ...explainRequirements(requirements, decision, now),
    ...(decision.reason === 'identity_too_large' ? [TOO_LARGE] : []),
  ];
}

const TOO_LARGE: Step = {
  step: 'identity',
  ok: false,
  says: "Its identity headers would be larger than 3 KiB, which is more than every proxy's buffers take.",
};

const PLACES: Readonly<Record<Source, string>> = {
  bearer: 'in Authorization',
  cookie: 'in the session cookie',
};

function explainCredential(credential: Credential, decision: Decision): Step {
  const say = (ok: boolean | undefined, says: string): Step => ({ step: 'credential', ok, says });
  switch (credential.kind) {
    case 'none':
      return say(unlessPassed(decision), 'None: neither a Bearer token nor a session cookie.');
    case 'malformed':
      return say(false, MALFORMED[credential.malformation]);
    case 'foreign':
      return say(unlessPassed(decision), `What is ${PLACES[credential.source]}: ${DEAD.foreign}`);
    case 'token':
      return say(true, `A token of ours ${PLACES[credential.source]}, of the session ${credential.id}.`);
    case 'jwt':
      return say(
        true,
        `A JSON Web Token${credential.jwt.idToken ? ' and an ID token' : ''} ${PLACES.bearer}.`,
      );
  }
}

function explainSession({ decision, finding }: Resolved, now: number): Step {
  if (decision.outcome === 'unavailable')
    return { step: 'session', ok: undefined, says: DOUBTFUL[decision.reason] };
  const dead = deadOf(decision);
  const session = typeof finding === 'object' ? finding : undefined;
  // Of a row of another tenant, or of another id, nothing is said but that it is not this one.
  const life = session === undefined || dead === 'unknown' ? [] : [lifeOf(session, now)];
  return dead === undefined
    ? { step: 'session', ok: true, says: life.join(' ') }
    : { step: 'session', ok: unlessPassed(decision), says: [DEAD[dead], ...life].join(' ') };
}

function deadOf(decision: Decision) {
  if (decision.outcome === 'challenge' && decision.reason !== 'no_credential') return decision.reason;
  return decision.outcome === 'allow' && decision.reason === 'anonymous' ? decision.dead : undefined;
}

/** What is missing, or dead, stands in nobody's way where anonymous may pass. */
function unlessPassed({ outcome }: Decision): false | undefined {
  return outcome === 'allow' ? undefined : false;
}

function lifeOf(session: Session, now: number): string {
  const { subject, subjectType, clientId, createdAt, expiresAt, idleSeconds, lastSeenAt } = session;
  const at = Math.floor(now);
  const left = expiresAt - at;
  const end = left > 0 ? `ends at ${expiresAt}, in ${left} s` : `ended at ${expiresAt}, ${-left} s ago`;
  const idle =
    idleSeconds === 0 ? 'may go unused for ever' : `unused for ${at - lastSeenAt} s of ${idleSeconds} s`;
  const holder = `${subject} (${subjectType}${clientId === undefined ? '' : `, of the application ${clientId}`})`;
  return `${holder}: created at ${createdAt}, ${at - createdAt} s ago; ${end}; ${idle}.`;
}

type Wording = { readonly asks: string; readonly had: (session: Session, now: number) => unknown };

const WORDINGS: Readonly<Record<SessionRequirement, Wording>> = {
  subjectType: { asks: 'asks for', had: ({ subjectType }) => subjectType },
  subjects: { asks: 'asks for any one of', had: ({ subject }) => subject },
  clientIds: { asks: 'asks for any one of', had: ({ clientId = [] }) => clientId },
  audience: { asks: 'asks for', had: ({ audience }) => audience },
  scope: { asks: 'asks for all of', had: ({ scope }) => scope },
  anyScope: { asks: 'asks for any one of', had: ({ scope }) => scope },
  roles: { asks: 'asks for any one of', had: ({ roles }) => roles },
  amr: { asks: 'asks for all of', had: ({ amr }) => amr },
  maxAuthAgeSeconds: {
    asks: 'asks for at most',
    had: ({ authenticatedAt }, now) => Math.ceil(now - authenticatedAt),
  },
};

function explainRequirements(requirements: Requirements, decision: Decision, now: number): Step[] {
  const session = 'session' in decision ? decision.session : undefined;
  const asked = CHECKS.filter(({ isAsked }) => isAsked(requirements));
  const steps = asked.map(({ requirement, holds }): Step => {
    const { asks, had } = WORDINGS[requirement];
    const says = `${requirement} ${asks} ${list(requirements[requirement])}`;
    if (session === undefined) return { step: 'requirement', ok: undefined, says: `${says}.` };
    const ok = holds(session, requirements, now);
    return { step: 'requirement', ok, says: `${says}; the session has ${list(had(session, now))}.` };
  });
  return requirements.anonymous ? [ANONYMOUS, ...steps] : steps;
}

const ANONYMOUS: Step = {
  step: 'requirement',
  ok: undefined,
  says: 'anonymous lets whoever presents nothing pass, or a cookie that is dead.',
};

function list(value: unknown): string {
  return [value].flat().join(', ') || 'none';
}
