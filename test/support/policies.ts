import type { Requirements } from '../../src/decision/policy.ts';

/** What asks for nothing but a live session, with changes. */
export function requirementsOf(changes: Partial<Requirements> = {}): Requirements {
  return {
    anonymous: false,
    subjects: [],
    clientIds: [],
    scope: [],
    anyScope: [],
    roles: [],
    amr: [],
    ...changes,
  };
}
