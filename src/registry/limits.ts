import { Refusal } from './refusal.ts';
import type { Registry } from './registry.ts';

/** How many of each a tenant may declare; `scopes` are those of one resource. */
export type Limits = {
  readonly applications: number;
  readonly resources: number;
  readonly scopes: number;
  readonly roles: number;
};

/** Of secrets of one application that work at the same time. */
export const MAX_SECRETS = 5;

/** The longest life that any access token of ours can have, in seconds. */
export const MAX_TOKEN_SECONDS = 86_400;

/**
 * Every replica holds the registries, and reads one anew after each of its changes. The store takes more, so that what is
 * urgent has room beyond this.
 */
const MAX_BYTES = 1024 * 1024;

export function refuseBeyond(limit: number, count: number, what: string): void {
  if (count > limit) throw new Refusal('limit', `There can be ${limit} ${what} at most.`);
}

/** To disable an application makes it a character larger. */
const HARDLY = 64;

/** What takes something away is done in a registry that is full, too. */
export function refuseGrowth(before: Registry, next: Registry): void {
  const bytes = sizeOf(next);
  if (bytes <= MAX_BYTES || bytes <= sizeOf(before) + HARDLY) return;
  throw new Refusal('limit', 'All that is declared for a tenant is 1 MiB at most, as JSON.');
}

function sizeOf(registry: Registry): number {
  return Buffer.byteLength(JSON.stringify(registry));
}
