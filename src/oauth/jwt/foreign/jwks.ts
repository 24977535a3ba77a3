import { CannotTell } from '../../../decision/session.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Algorithm } from '../../jwk.ts';
import type { FindKey, VerificationKey } from '../issuer.ts';
import type { Fetch } from './fetch-json.ts';
import { importKey, nameOf, parseJwk, type UsableJwk } from './key.ts';
import { fetchJwks, type JwksLocation } from './location.ts';

export type JwksSource = JwksLocation & { readonly algorithms: readonly Algorithm[] };

export type JwksEdge = {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Told of each fetch that failed: once in 30 s at most. */
  readonly report: (error: unknown) => void;
  readonly timeoutMilliseconds?: number;
};

const COOLDOWN_SECONDS = 30;
const FRESH_SECONDS = 5 * 60;
const USABLE_SECONDS = 24 * 60 * 60;
const TIMEOUT_MILLISECONDS = 5_000;
/** Anybody can name an issuer in a token: while it hangs, those who do must not take the place of all others. */
const MAX_WAITING = 250;

type Keys = {
  readonly byName: ReadonlyMap<string, VerificationKey>;
  readonly byKid: ReadonlyMap<string, VerificationKey>;
  readonly fetchedAt: number;
};

/**
 * The keys of a foreign issuer, fetched when they are first needed and again when they are old or one is missing: at
 * most once in 30 s, whatever came of it, and one fetch at a time. So none overtakes another, no token makes a request
 * of its own, and whoever can be answered from what is known does not wait.
 */
export function createJwks(source: JwksSource, edge: JwksEdge): FindKey {
  const { clock } = edge;
  let keys: Keys | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<unknown> | undefined;
  let waiting = 0;

  const usable = (): Keys | undefined =>
    keys !== undefined && clock() - keys.fetchedAt <= USABLE_SECONDS ? keys : undefined;

  /** Never rejects. Resolves at once where it is too early to ask again. */
  function refresh(): Promise<unknown> {
    if (underWay !== undefined) return underWay;
    if (clock() - askedAt < COOLDOWN_SECONDS) return Promise.resolve();
    askedAt = clock();
    underWay = fetchKeys(source, edge, keys?.byName)
      .then((fetched) => {
        keys = fetched;
      }, edge.report)
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  }

  async function waitForKeys(): Promise<void> {
    if (waiting >= MAX_WAITING) return;
    waiting += 1;
    await refresh();
    waiting -= 1;
  }

  return async (kid) => {
    if (usable() === undefined) await waitForKeys();
    const known = usable();
    if (known === undefined) throw new CannotTell('issuer_unavailable', 'no key of the issuer is known');
    const key = pick(known, kid);
    if (key === undefined || clock() - known.fetchedAt > FRESH_SECONDS) void refresh();
    return key;
  };
}

function pick({ byKid }: Keys, kid: string | undefined): VerificationKey | undefined {
  if (kid !== undefined) return byKid.get(kid);
  const [only, ...others] = byKid.values();
  return others.length === 0 ? only : undefined;
}

/** A key that was there before is the same object again, or all that it verified would be verified anew. */
async function fetchKeys(
  source: JwksSource,
  { fetch, clock, timeoutMilliseconds = TIMEOUT_MILLISECONDS }: JwksEdge,
  before: Keys['byName'] = new Map(),
): Promise<Keys> {
  try {
    const document = await fetchJwks(source, fetch, AbortSignal.timeout(timeoutMilliseconds));
    const jwks = unambiguous(document.flatMap((jwk) => parseJwk(jwk, source.algorithms) ?? []));
    const imported = await Promise.all(jwks.map(async (jwk) => before.get(nameOf(jwk)) ?? importKey(jwk)));
    const named = jwks.flatMap((jwk, index): [string, VerificationKey][] => {
      const key = imported[index];
      return key === undefined ? [] : [[nameOf(jwk), key]];
    });
    if (named.length === 0) throw new Error('there is no key among them that may be used');
    const byName = new Map(named);
    const byKid = new Map(named.map(([, key]) => [key.kid, key]));
    return { byName, byKid, fetchedAt: clock() };
  } catch (cause) {
    throw new Error(`the keys of ${source.issuer} could not be fetched`, { cause });
  }
}

/** Of two keys with one `kid` nobody can say which is meant. */
function unambiguous(jwks: readonly UsableJwk[]): readonly UsableJwk[] {
  return jwks.filter(({ kid }, index) => jwks.every((other, at) => at === index || other.kid !== kid));
}
