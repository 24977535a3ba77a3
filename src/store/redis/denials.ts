import type { ForeignDenials } from '../../oauth/ports.ts';
import { isBefore } from '../denials.ts';
import type { NearCache } from '../near/near-cache.ts';
import { unreadable } from '../unreadable.ts';
import { ask } from './ask.ts';
import type { Connection } from './connection.ts';
import type { Keys } from './keys.ts';
import { DENY } from './scripts.ts';

/** What stands under the key of a denial; null where there is none. */
export type ReadDenial = (key: string) => Promise<string | null>;

export function createForeignDenials(connection: Connection, keys: Keys): ForeignDenials {
  const { redis, run } = connection;
  const deny = async (key: string, notBefore: number, seconds: number) => {
    await redis.eval(DENY, 1, key, notBefore, Math.max(1, Math.ceil(seconds * 1000)));
  };
  return {
    denyToken: (tenant, issuer, jti, seconds) =>
      run('deny_token', () => deny(keys.deniedToken(tenant, issuer, jti), 0, seconds)),
    denySubject: (tenant, issuer, subject, notBefore, seconds) =>
      run('deny_subject', () => deny(keys.deniedSubject(tenant, issuer, subject), notBefore, seconds)),
    isDenied: createIsDenied(keys, createReadDenial(connection)),
  };
}

export function createIsDenied(keys: Keys, read: ReadDenial): ForeignDenials['isDenied'] {
  return async (tenant, { issuer, subject, jti, issuedAt }) => {
    const [byToken, bySubject] = await Promise.all([
      jti === undefined ? null : read(keys.deniedToken(tenant, issuer, jti)),
      read(keys.deniedSubject(tenant, issuer, subject)),
    ]);
    return byToken !== null || isBefore(issuedAt, notBeforeOf(bySubject));
  };
}

/** Another's nil would let the token pass; and so would MGET, which takes a value of the wrong type for none. */
export function createReadDenial({ redis, run }: Connection): ReadDenial {
  return (key) => run('is_denied', async () => (await ask(redis, key)).text);
}

/** No denial has this text. That a token is not denied is held as long as what is, since only verified ones ask. */
const NONE = 'none';

export function createNearReadDenial(read: ReadDenial, texts: NearCache['texts']): ReadDenial {
  return async (key) => {
    const text = await texts.get(key, async () => {
      const value = (await read(key)) ?? NONE;
      return { value, bytes: value.length, until: Number.POSITIVE_INFINITY };
    });
    return text === NONE ? null : text;
  };
}

function notBeforeOf(held: string | null): number | undefined {
  if (held === null) return undefined;
  const notBefore = Number(held);
  if (held === '' || !Number.isFinite(notBefore)) throw unreadable('a denial', 'it is no time');
  return notBefore;
}
