import { stopwatch } from '../../lib/clock.ts';
import type { SessionTable } from '../../management/ports.ts';
import type { ForeignDenials } from '../../oauth/ports.ts';
import { type Again, createRevocations } from '../revocations.ts';
import type { RedisTable } from './table.ts';

const BATCH = 100;
const RETRY_MILLISECONDS = 1_000;

type Revoking = { readonly table: SessionTable; readonly denials: ForeignDenials };

/** The same ports; `recent` has what was acknowledged over them, to be done again. */
export function rememberRevocations(
  table: RedisTable,
  denials: ForeignDenials,
): Revoking & { readonly recent: () => readonly Again[] } {
  const { note, recent } = createRevocations();
  const noteSession = (tenant: string, id: string, again: Again) => note(`session ${tenant} ${id}`, again);
  return {
    recent,
    table: {
      create: table.create,
      rotate: async (old, next) => {
        const isDone = await table.rotate(old, next);
        if (isDone) noteSession(old.tenant, old.id, () => table.revoke(old.tenant, old.id));
        return isDone;
      },
      revoke: async (tenant, id) => {
        await table.revoke(tenant, id);
        noteSession(tenant, id, () => table.revoke(tenant, id));
      },
      revokeSubject: async (tenant, subject) => {
        const until = await table.revokeSubject(tenant, subject);
        note(`subject ${tenant} ${subject}`, () => table.revokeSubject(tenant, subject, until));
      },
    },
    denials: rememberDenials(denials, note),
  };
}

function rememberDenials(
  denials: ForeignDenials,
  note: (name: string, again: Again) => void,
): ForeignDenials {
  return {
    isDenied: denials.isDenied,
    denyToken: async (tenant, issuer, jti, seconds) => {
      const left = countDown(seconds);
      await denials.denyToken(tenant, issuer, jti, seconds);
      note(`token ${tenant} ${issuer} ${jti}`, () => denials.denyToken(tenant, issuer, jti, left()));
    },
    denySubject: async (tenant, issuer, subject, notBefore, seconds) => {
      const left = countDown(seconds);
      await denials.denySubject(tenant, issuer, subject, notBefore, seconds);
      note(`foreign subject ${tenant} ${issuer} ${subject}`, () =>
        denials.denySubject(tenant, issuer, subject, notBefore, left()),
      );
    },
  };
}

/** By the stopwatch: a clock that is set forward would end a denial. */
function countDown(seconds: number): () => number {
  const end = stopwatch() + 1000 * seconds;
  return () => (end - stopwatch()) / 1000;
}

/**
 * Does again what was revoked lately, whenever it is called: a server that comes back may be another one that never
 * heard of it, or may have read an older snapshot. The newest first, which are the likeliest to be lost; the first of
 * them are sent before this returns, and so before whatever is read on the same connection after it. What fails holds up
 * none of the others, and is tried again.
 */
export function createReapply(recent: () => readonly Again[], isUp: () => boolean) {
  let runs = 0;
  let retry: NodeJS.Timeout | undefined;
  const run = async (isWanted: (again: Again) => boolean) => {
    clearTimeout(retry);
    runs += 1;
    const own = runs;
    const failed = new Set<Again>();
    const revocations = recent().filter(isWanted).toReversed();
    // Another run does all of it anew.
    for (let first = 0; first < revocations.length && own === runs; first += BATCH)
      await doAll(revocations.slice(first, first + BATCH), failed);
    // One that is down comes up again, and that calls us; one that refuses may not do so for long.
    if (own === runs && failed.size > 0 && isUp())
      retry = setTimeout(run, RETRY_MILLISECONDS, (again: Again) => failed.has(again)).unref();
  };
  return {
    reapply: (): void => void run(() => true),
    stop: () => {
      runs += 1;
      clearTimeout(retry);
    },
  };
}

async function doAll(revocations: readonly Again[], failed: Set<Again>): Promise<void> {
  await Promise.all(revocations.map((again) => again().catch(() => failed.add(again))));
}
