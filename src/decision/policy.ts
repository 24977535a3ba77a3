import type { Session, SubjectType } from './session.ts';

/** A named set of requirements. Every one that is stated must hold. */
export type Policy = {
  readonly name: string;
  readonly tenant: string;
  /** Whoever presents nothing may pass, without an identity. Such a policy states no other requirement. */
  readonly anonymous: boolean;
  readonly subjectType?: SubjectType | undefined;
  readonly audience?: string | undefined;
  /** All of them. */
  readonly scope: readonly string[];
  /** Any one of them; none is asked for where there are none. */
  readonly anyScope: readonly string[];
  /** Any one of them. */
  readonly roles: readonly string[];
  readonly maxAuthAgeSeconds?: number | undefined;
};

export type Shortfall = 'subject_type' | 'audience' | 'scope' | 'role' | 'authentication_age';

/** The first requirement that a live session does not meet; what a new login could mend comes last. */
export function shortfallOf(session: Session, policy: Policy, now: number): Shortfall | undefined {
  const { subjectType, audience, scope, anyScope, roles, maxAuthAgeSeconds } = policy;
  if (subjectType !== undefined && session.subjectType !== subjectType) return 'subject_type';
  if (audience !== undefined && !session.audience.includes(audience)) return 'audience';
  if (!scope.every((wanted) => session.scope.includes(wanted))) return 'scope';
  if (anyScope.length > 0 && !anyScope.some((wanted) => session.scope.includes(wanted))) return 'scope';
  if (roles.length > 0 && !roles.some((wanted) => session.roles.includes(wanted))) return 'role';
  if (maxAuthAgeSeconds !== undefined && now - session.authenticatedAt > maxAuthAgeSeconds) {
    return 'authentication_age';
  }
  return undefined;
}
