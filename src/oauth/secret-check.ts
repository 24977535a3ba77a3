import { timingSafeEqual } from 'node:crypto';
import { works } from '../registry/applications.ts';
import { MAX_SECRETS } from '../registry/limits.ts';
import type { Application, ClientSecret } from '../registry/registry.ts';

const NOBODY = Buffer.alloc(32);

/**
 * The working secret of the application that has this digest. The same work is done whether the application is known
 * or not, and whichever of its secrets fits: all slots are compared, filled or empty.
 */
export function findSecret(
  application: Application | undefined,
  digest: string,
  now: number,
): ClientSecret | undefined {
  const presented = Buffer.from(digest, 'base64url');
  const secrets = (application?.secrets ?? []).filter((secret) => works(secret, now));
  let found: ClientSecret | undefined;
  for (let slot = 0; slot < MAX_SECRETS; slot += 1) {
    const secret = secrets[slot];
    const kept = secret === undefined ? NOBODY : Buffer.from(secret.digest, 'base64url');
    if (timingSafeEqual(presented, kept) && secret !== undefined) found = secret;
  }
  return found;
}
