import type { ForeignDenials } from '../../oauth/ports.ts';
import { isBefore } from '../denials.ts';
import { unreadable } from '../unreadable.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';
import { DENY } from './scripts.ts';

export function createForeignDenials({ redis, run }: Connection, keys: Keys): ForeignDenials {
  const deny = async (key: string, notBefore: number, seconds: number) => {
    await redis.eval(DENY, 1, key, notBefore, Math.max(1, Math.ceil(seconds * 1000)));
  };
  return {
    denyToken: (tenant, issuer, jti, seconds) =>
      run('deny_token', () => deny(keys.deniedToken(tenant, issuer, jti), 0, seconds)),
    denySubject: (tenant, issuer, subject, notBefore, seconds) =>
      run('deny_subject', () => deny(keys.deniedSubject(tenant, issuer, subject), notBefore, seconds)),
    isDenied: (tenant, { issuer, subject, jti, issuedAt }) =>
      run('is_denied', async () => {
        // Not MGET, which takes a value of the wrong type for none, and would let the token pass.
        const [byToken, bySubject] = await Promise.all([
          jti === undefined ? null : redis.get(keys.deniedToken(tenant, issuer, jti)),
          redis.get(keys.deniedSubject(tenant, issuer, subject)),
        ]);
        return byToken !== null || isBefore(issuedAt, notBeforeOf(bySubject));
      }),
  };
}

function notBeforeOf(held: string | null): number | undefined {
  if (held === null) return undefined;
  const notBefore = Number(held);
  if (held === '' || !Number.isFinite(notBefore)) throw unreadable('a denial', 'it is no time');
  return notBefore;
}
