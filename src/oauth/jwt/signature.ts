import { availableParallelism } from 'node:os';
import { type CryptoKey, compactVerify, errors } from 'jose';
import { CannotTell } from '../../decision/session.ts';
import { sha256 } from '../../lib/digest.ts';
import { createTurns, type TurnLimits } from '../../lib/turns.ts';
import type { VerificationKey } from './issuer.ts';
import { type ParsedJwt, parseJwt } from './parse.ts';

/** A token as it was presented. `digest` is of its whole text: another spelling, or another signature, is another token. */
export type PresentedToken = { readonly text: string; readonly digest: string; readonly parsed: ParsedJwt };

export type Signatures = {
  /** Undefined where the text is no token. */
  readonly read: (text: string) => PresentedToken | undefined;
  /** Rejects with `CannotTell` where too many wait to be verified. */
  readonly isSignedBy: (presented: PresentedToken, key: VerificationKey) => Promise<boolean>;
};

const MAX_REMEMBERED = 10_000;

/**
 * Signatures are verified on other cores than decisions are made on, where there are any: whoever floods us with bad ones
 * gets those, and not the one that everybody needs.
 */
export const VERIFYING: TurnLimits = { underWay: Math.max(2, availableParallelism() - 1), waiting: 500 };

/**
 * Verifies signatures, and remembers the last `maxRemembered` that were good, each with the very key object: for any
 * other it is verified anew. What failed is not remembered, so that bad tokens drive out no good ones.
 */
export function createSignatures(maxRemembered = MAX_REMEMBERED): Signatures {
  const inTurn = createTurns(VERIFYING, tooMany);
  const remembered = new Map<string, { parsed: ParsedJwt; key: CryptoKey }>();
  const underWay = new Map<string, { key: CryptoKey; good: Promise<boolean> }>();

  function remember(digest: string, parsed: ParsedJwt, key: CryptoKey): void {
    remembered.set(digest, { parsed, key });
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
  }

  async function verifyOnce({ text, digest, parsed }: PresentedToken, { alg, key }: VerificationKey) {
    const good = inTurn(() => verify(text, alg, key));
    const flight = { key, good };
    underWay.set(digest, flight);
    try {
      const isGood = await good;
      if (isGood) remember(digest, parsed, key);
      return isGood;
    } finally {
      if (underWay.get(digest) === flight) underWay.delete(digest);
    }
  }

  return {
    read: (text) => {
      const digest = sha256(text);
      const parsed = remembered.get(digest)?.parsed ?? parseJwt(text);
      return parsed && { text, digest, parsed };
    },
    isSignedBy: async (presented, key) => {
      if (remembered.get(presented.digest)?.key === key.key) return true;
      const flight = underWay.get(presented.digest);
      return flight?.key === key.key ? flight.good : verifyOnce(presented, key);
    },
  };
}

function tooMany(): CannotTell {
  return new CannotTell('overloaded', 'too many signatures wait to be verified');
}

/** Only what says that the token is wrong is a no; any other error is a fault of ours. */
async function verify(text: string, alg: string, key: CryptoKey): Promise<boolean> {
  try {
    await compactVerify(text, key, { algorithms: [alg] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}
