import { equalInConstantTime } from '../lib/digest.ts';
import { works } from '../registry/applications.ts';
import { MAX_SECRETS } from '../registry/limits.ts';
import type { Application, ClientSecret } from '../registry/registry.ts';

const NOBODY = 'the digest of no secret';

/**
 * The working secret of the application that has this digest. The same work is done whether the application is known
 * or not, and whichever of its secrets fits: all slots are compared, filled or empty.
 */
export function findSecret(
  application: Application | undefined,
  digest: string,
  now: number,
): ClientSecret | undefined {
  const secrets = (application?.secrets ?? []).filter((secret) => works(secret, now));
  let found: ClientSecret | undefined;
  for (let slot = 0; slot < MAX_SECRETS; slot += 1) {
    const secret = secrets[slot];
    const isSame = equalInConstantTime(digest, secret?.digest ?? NOBODY);
    if (isSame && secret !== undefined) found = secret;
  }
  return found;
}
