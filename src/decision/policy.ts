import type { Place } from './place.ts';
import type { FindRule } from './rules.ts';
import type { Session, SubjectType } from './session.ts';

/** What is asked of a request. Every requirement that is stated must hold; a list that is empty states none. */
export type Requirements = {
  /** Nobody passes, whoever it is. Nothing else is stated beside it. */
  readonly deny?: boolean | undefined;
  /** Whoever presents nothing may pass, without an identity. Beside it, only `isClientInside` may be stated. */
  readonly anonymous: boolean;
  /** Whether the client's address is in one of the networks that may ask. */
  readonly isClientInside?: ((address: string | undefined) => boolean) | undefined;
  readonly subjectType?: SubjectType | undefined;
  /** Any one of them. */
  readonly subjects: readonly string[];
  /** Any one of the applications. */
  readonly clientIds: readonly string[];
  readonly audience?: string | undefined;
  /** All of them. */
  readonly scope: readonly string[];
  /** Any one of them. */
  readonly anyScope: readonly string[];
  /** Any one of them. */
  readonly roles: readonly string[];
  /** All of them. */
  readonly amr: readonly string[];
  readonly maxAuthAgeSeconds?: number | undefined;
};

type Named = {
  readonly name: string;
  readonly tenant: string;
};

/** Asks the same of every request, or goes by the original request, by rules of which the first that fits counts. */
export type Policy = Named &
  (
    | { readonly requirements: Requirements; readonly findRule?: undefined }
    | {
        readonly findRule: FindRule<Requirements>;
        /** Of the rules, in their order: for whoever asks why. */
        readonly places: readonly Place[];
        readonly requirements?: undefined;
      }
  );

export type Shortfall =
  | 'subject_type'
  | 'subject'
  | 'client'
  | 'audience'
  | 'scope'
  | 'role'
  | 'authentication_method'
  | 'authentication_age';

/** What is asked of a session. */
export type SessionRequirement = Exclude<keyof Requirements, 'deny' | 'anonymous' | 'isClientInside'>;

type Check = {
  readonly reason: Shortfall;
  readonly requirement: SessionRequirement;
  readonly isAsked: (asked: Requirements) => boolean;
  readonly holds: (session: Session, asked: Requirements, now: number) => boolean;
};

/** In the order in which they are looked at: what a new login could mend comes last. */
export const CHECKS: readonly Check[] = [
  {
    reason: 'subject_type',
    requirement: 'subjectType',
    isAsked: ({ subjectType }) => subjectType !== undefined,
    holds: (session, { subjectType }) => session.subjectType === subjectType,
  },
  {
    reason: 'subject',
    requirement: 'subjects',
    isAsked: ({ subjects }) => subjects.length > 0,
    holds: (session, { subjects }) => subjects.includes(session.subject),
  },
  {
    reason: 'client',
    requirement: 'clientIds',
    isAsked: ({ clientIds }) => clientIds.length > 0,
    holds: ({ clientId }, { clientIds }) => clientId !== undefined && clientIds.includes(clientId),
  },
  {
    reason: 'audience',
    requirement: 'audience',
    isAsked: ({ audience }) => audience !== undefined,
    holds: (session, { audience }) => audience !== undefined && session.audience.includes(audience),
  },
  {
    reason: 'scope',
    requirement: 'scope',
    isAsked: ({ scope }) => scope.length > 0,
    holds: (session, { scope }) => scope.every((wanted) => session.scope.includes(wanted)),
  },
  {
    reason: 'scope',
    requirement: 'anyScope',
    isAsked: ({ anyScope }) => anyScope.length > 0,
    holds: (session, { anyScope }) => anyScope.some((wanted) => session.scope.includes(wanted)),
  },
  {
    reason: 'role',
    requirement: 'roles',
    isAsked: ({ roles }) => roles.length > 0,
    holds: (session, { roles }) => roles.some((wanted) => session.roles.includes(wanted)),
  },
  {
    reason: 'authentication_method',
    requirement: 'amr',
    isAsked: ({ amr }) => amr.length > 0,
    holds: (session, { amr }) => amr.every((wanted) => session.amr.includes(wanted)),
  },
  {
    reason: 'authentication_age',
    requirement: 'maxAuthAgeSeconds',
    isAsked: ({ maxAuthAgeSeconds }) => maxAuthAgeSeconds !== undefined,
    holds: ({ authenticatedAt }, { maxAuthAgeSeconds = 0 }, now) =>
      now - authenticatedAt <= maxAuthAgeSeconds,
  },
];

/** The first requirement that a live session does not meet. */
export function shortfallOf(session: Session, asked: Requirements, now: number): Shortfall | undefined {
  return CHECKS.find((check) => check.isAsked(asked) && !check.holds(session, asked, now))?.reason;
}
